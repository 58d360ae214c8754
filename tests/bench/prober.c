/* prober URL SECONDS: prints the first moment (monotonic µs) at which the server answers a query,
 * asked every half millisecond. */
#include <libpq-fe.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PAUSE_NS 500000

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool answered(const char *url)
{
	PGconn *conn = PQconnectdb(url);
	PGresult *result;
	bool good;

	if (PQstatus(conn) != CONNECTION_OK) {
		PQfinish(conn);
		return false;
	}
	result = PQexec(conn, "SELECT 1");
	good = PQresultStatus(result) == PGRES_TUPLES_OK;
	if (good)
		printf("%" PRId64 "\n", now_us());
	PQclear(result);
	PQfinish(conn);
	return good;
}

int main(int argc, char **argv)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	int64_t end;

	if (argc != 3)
		return 2;
	end = now_us() + strtoll(argv[2], NULL, 10) * 1000000;
	while (now_us() < end) {
		if (answered(argv[1]))
			return 0;
		nanosleep(&pause, NULL);
	}
	fputs("prober: no answer\n", stderr);
	return 1;
}
