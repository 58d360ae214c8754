/* measure PROGRAM [ARGUMENT…]: runs it, its standard output thrown away, and prints one line: when
 * it was started, when it had ended (monotonic µs), its user and its system time (µs), the most
 * memory it held (KiB), and its exit status, 128 + N after signal N.
 *
 * A program of its own because a child's ru_maxrss begins with what its parent holds. */
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t time_us(struct timeval time)
{
	return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	struct rusage used;
	int64_t began, ended;
	int status, failed;
	pid_t pid;

	if (argc < 2)
		return 2;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	began = now_us();
	failed = posix_spawnp(&pid, argv[1], &actions, NULL, argv + 1, environ);
	if (failed != 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(failed));
		return 127;
	}
	if (wait4(pid, &status, 0, &used) != pid)
		return 1;
	ended = now_us();
	printf("%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %ld %d\n", began, ended,
	    time_us(used.ru_utime), time_us(used.ru_stime), used.ru_maxrss,
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
