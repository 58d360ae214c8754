/* floor URL: the least that a boot can be: one connection, one query. */
#include <libpq-fe.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	PGconn *conn = PQconnectdb(argc > 1 ? argv[1] : "");
	PGresult *result;
	int failed;

	if (PQstatus(conn) != CONNECTION_OK) {
		fputs(PQerrorMessage(conn), stderr);
		PQfinish(conn);
		return 1;
	}
	result = PQexec(conn, "SELECT version_num FROM alembic_version");
	failed = PQresultStatus(result) != PGRES_TUPLES_OK;
	if (failed)
		fputs(PQerrorMessage(conn), stderr);
	PQclear(result);
	PQfinish(conn);
	return failed;
}
