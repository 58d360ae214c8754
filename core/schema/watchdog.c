#include "core/schema/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/stop.h"

#define PATIENCE_MS 30000 /* for a server that is busy, or restarting */
#define LEAVE_MS 1000 /* what a stop leaves for it */

/* What is read from the lifeline: this byte when the database is gone already, nothing when the
 * other process is. */
static const char dismissed = 'k';

static void drop(
    const struct conninfo *conninfo, const struct conninfo_host *host, const char *database)
{
	struct arena arena = {0};
	struct deadline by = deadline_in(PATIENCE_MS);
	struct session *session = NULL;
	struct error err;
	bool gone = false;

	while (!gone && !deadline_passed(by)) {
		if (session_open(conninfo, host, by, &session, &err)) {
			gone = session_run(session,
			    arena_printf(
				&arena, "DROP DATABASE IF EXISTS %s WITH (FORCE)", database),
			    &err);
			session_close(session);
		}
		if (!gone && !deadline_sleep(deadline_in(200)))
			break;
	}
	arena_free(&arena);
}

static void watch(const struct conninfo *conninfo, const struct conninfo_host *host,
    const char *database, int lifeline)
{
	char byte = 0;
	ssize_t count;

	setsid(); /* out of reach of what is sent to the first one's group */
	do
		count = read(lifeline, &byte, 1);
	while (count < 0 && errno == EINTR);
	if (count == 1 && byte == dismissed)
		return;
	drop(conninfo, host, database);
}

/* Nothing of the parent's that others wait for to be closed may stay open. */
static void let_go(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
}

bool watchdog_start(const struct conninfo *conninfo, const struct conninfo_host *host,
    const char *database, pid_t *warden, int *lifeline, struct error *err)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return error_errno(err, STATUS_FAILED, "cannot create a pipe");
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		let_go();
		stop_outlive();
		watch(conninfo, host, database, ends[0]);
		_exit(0);
	}
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return error_errno(err, STATUS_FAILED, "cannot start a process");
	}
	*warden = pid;
	*lifeline = ends[1];
	return true;
}

void watchdog_release(pid_t warden, int lifeline)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	struct deadline by = deadline_in(LEAVE_MS);

	close(lifeline);
	while (waitpid(warden, NULL, WNOHANG) == 0 && !deadline_passed(by))
		nanosleep(&pause, NULL);
}

void watchdog_dismiss(pid_t warden, int lifeline)
{
	ssize_t written;

	do
		written = write(lifeline, &dismissed, 1);
	while (written < 0 && errno == EINTR);
	close(lifeline);
	while (waitpid(warden, NULL, 0) < 0 && errno == EINTR)
		;
}
