#include "core/base/spawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/stop.h"

/* musl has no wrappers for these, and older kernels' headers no numbers (all architectures share
 * them). */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#define ON_EXEC (1U << 2) /* CLOSE_RANGE_CLOEXEC, Linux 5.11 */

extern char **environ;

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_pipe(struct pipe *pipe)
{
	close_fd(&pipe->read);
	close_fd(&pipe->write);
}

static void set_close_on_exec(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags >= 0)
		fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
}

void spawn_close_on_exec(void)
{
	const struct dirent *entry;
	long fd, limit;
	DIR *dir;

	if (syscall(SYS_close_range, 3U, ~0U, ON_EXEC) == 0)
		return;
	dir = opendir("/proc/self/fd");
	if (dir != NULL) {
		while ((entry = readdir(dir)) != NULL)
			if (text_to_long(entry->d_name, &fd) && fd > STDERR_FILENO)
				set_close_on_exec((int)fd);
		closedir(dir);
		return;
	}
	limit = sysconf(_SC_OPEN_MAX);
	for (fd = STDERR_FILENO + 1; fd < limit && fd < 65536; fd++)
		set_close_on_exec((int)fd);
}

static bool is_named(const char *variable, const char *name, size_t length)
{
	return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

static bool is_replaced(const struct process *process, const char *variable)
{
	for (const char *const *name = process->unset; name != NULL && *name != NULL; name++)
		if (is_named(variable, *name, strlen(*name)))
			return true;
	for (const char *const *add = process->env; add != NULL && *add != NULL; add++)
		if (is_named(variable, *add, strcspn(*add, "=")))
			return true;
	return false;
}

static char **build_environment(struct arena *arena, const struct process *process)
{
	size_t count = 1, filled = 0;
	char **env;

	for (char **variable = environ; *variable != NULL; variable++)
		count++;
	for (const char *const *add = process->env; add != NULL && *add != NULL; add++)
		count++;
	env = arena_array(arena, count, sizeof(*env));
	for (char **variable = environ; *variable != NULL; variable++)
		if (!is_replaced(process, *variable))
			env[filled++] = *variable;
	for (const char *const *add = process->env; add != NULL && *add != NULL; add++)
		env[filled++] = arena_strdup(arena, *add);
	return env;
}

/* execve takes the strings as not const, for history's sake. */
static char **build_arguments(struct arena *arena, const struct process *process)
{
	size_t count = 0;
	char **argv;

	while (process->argv[count] != NULL)
		count++;
	argv = arena_array(arena, count + 1, sizeof(*argv));
	for (size_t i = 0; i < count; i++)
		argv[i] = arena_strdup(arena, process->argv[i]);
	return argv;
}

static bool open_pipe(struct pipe *pipe)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	*pipe = (struct pipe){.read = ends[0], .write = ends[1]};
	return true;
}

static void close_child(struct child *child)
{
	close_pipe(&child->out);
	close_pipe(&child->errors);
	close_pipe(&child->report);
	close_fd(&child->pidfd);
}

static bool open_pipes(struct child *child, bool quiet, struct error *err)
{
	if ((quiet || open_pipe(&child->out)) && open_pipe(&child->errors)
	    && open_pipe(&child->report))
		return true;
	error_errno(err, STATUS_FAILED, "cannot create a pipe");
	close_child(child);
	return false;
}

static bool redirect(const struct child *child, const struct process *process)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int in = process->in > 0 ? process->in : null;
	int out = process->out > 0 ? process->out : child->out.write >= 0 ? child->out.write : null;

	return null >= 0 && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0
	       && dup2(child->errors.write, STDERR_FILENO) >= 0;
}

/* The child, between fork and exec, with all signals blocked: a handler of ours that ran here would
 * announce a stop to the parent through the descriptor they share. */
NORETURN static void become(const struct child *child, const struct process *process, char **argv,
    char **env, const sigset_t *mask)
{
	pid_t parent = child->parent;
	int reason;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(STATUS_FAILED); /* it died before the request */
	if (redirect(child, process)) {
		if (stop_fd() >= 0)
			stop_restore();
		else
			sigprocmask(SIG_SETMASK, mask, NULL);
		execvpe(argv[0], argv, env);
	}
	reason = errno;
	if (write(child->report.write, &reason, sizeof(reason)) < 0)
		_exit(STATUS_NOT_FOUND);
	_exit(STATUS_NOT_EXECUTABLE);
}

/* The errno of the child's failed exec, 0 when it succeeded. */
static int read_report(int fd)
{
	ssize_t length;
	int reason = 0;

	do
		length = read(fd, &reason, sizeof(reason));
	while (length < 0 && errno == EINTR);
	return length == (ssize_t)sizeof(reason) ? reason : 0;
}

int spawn_reap(struct child *child)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(child->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	close_child(child);
	return pid == child->pid ? status : STATUS_FAILED << 8; /* unknown is not success */
}

static bool started(struct child *child, const char *name, struct error *err)
{
	int reason;

	/* In the parent too, so that the group exists whoever runs first. */
	setpgid(child->pid, child->pid);
	close_fd(&child->out.write);
	close_fd(&child->errors.write);
	close_fd(&child->report.write);
	reason = read_report(child->report.read);
	if (reason != 0) {
		spawn_reap(child);
		errno = reason;
		return error_errno(err, STATUS_FAILED, "cannot execute %s", name);
	}
	if (child->out.read >= 0)
		fcntl(child->out.read, F_SETFL, O_NONBLOCK);
	fcntl(child->errors.read, F_SETFL, O_NONBLOCK);
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	return true;
}

bool spawn_start(struct child *child, struct error *err)
{
	const struct process *process = child->process;
	char **env = build_environment(child->arena, process);
	char **argv = build_arguments(child->arena, process);
	sigset_t all, mask;

	if (!open_pipes(child, process->quiet || process->out > 0, err))
		return false;
	child->parent = getpid();
	spawn_close_on_exec();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	child->pid = fork();
	if (child->pid == 0)
		become(child, process, argv, env, &mask);
	if (child->pid < 0) {
		error_errno(err, STATUS_FAILED, "cannot start %s", argv[0]);
		close_child(child);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return child->pid > 0 && started(child, argv[0], err);
}
