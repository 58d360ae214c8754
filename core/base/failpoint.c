#include "core/base/failpoint.h"

#ifdef FAILPOINTS
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A signal interrupts the read; the handler has run, and the test still decides when to go on. */
static void wait_for_end(int fd)
{
	char byte;
	ssize_t length;

	do
		length = read(fd, &byte, 1);
	while (length > 0 || (length < 0 && errno == EINTR));
}

void failpoint(const char *name)
{
	const char *path = getenv("MIGRATE_FAILPOINTS");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (path == NULL || strlen(path) >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0
	    && send(fd, name, strlen(name), MSG_NOSIGNAL) > 0 && shutdown(fd, SHUT_WR) == 0)
		wait_for_end(fd);
	close(fd);
}

bool failpoint_leaves_out(const char *text)
{
	const char *start = getenv("MIGRATE_LEAVE_OUT");

	return start != NULL && *start != '\0' && strncmp(text, start, strlen(start)) == 0;
}
#else
typedef int no_failpoints; /* ISO C wants something in a file */
#endif
