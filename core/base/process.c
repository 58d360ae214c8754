#include "core/base/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/failpoint.h"
#include "core/base/stop.h"
#include "core/base/text.h"

/* Of the two seconds that a stop may take, the child's share. */
#define GRACE_MS 1200

/* How often to look for the child's end where there is no pidfd_open. */
#define POLL_MS 50

/* After the child's end a grandchild may go on writing; what the child wrote fits in its pipe. */
#define DRAIN_ROUNDS 8
#define PIECE 16384

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

struct pipe {
	int read, write; /* -1 when closed */
};

struct child {
	pid_t pid, parent;
	int pidfd; /* -1 where the kernel has none */
	struct pipe out, errors;
	struct pipe report; /* errno of a failed exec; end of file is success */
	struct text output;
	char tail[sizeof(((struct error *)NULL)->detail)]; /* end of stderr */
	size_t tail_length;
	bool tail_cut;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

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

/* No program that is started gets more than stdin, stdout and stderr, whatever we inherited. */
static void close_all_on_exec(void)
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
	error_errno(err, STATUS_FAILED, "can't create a pipe");
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

static int reap(struct child *child)
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
		reap(child);
		errno = reason;
		return error_errno(err, STATUS_FAILED, "can't execute %s", name);
	}
	if (child->out.read >= 0)
		fcntl(child->out.read, F_SETFL, O_NONBLOCK);
	fcntl(child->errors.read, F_SETFL, O_NONBLOCK);
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	return true;
}

static bool start(
    struct arena *arena, const struct process *process, struct child *child, struct error *err)
{
	char **env = build_environment(arena, process);
	char **argv = build_arguments(arena, process);
	sigset_t all, mask;

	if (!open_pipes(child, process->quiet || process->out > 0, err))
		return false;
	child->parent = getpid();
	close_all_on_exec();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	child->pid = fork();
	if (child->pid == 0)
		become(child, process, argv, env, &mask);
	if (child->pid < 0) {
		error_errno(err, STATUS_FAILED, "can't start %s", argv[0]);
		close_child(child);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return child->pid > 0 && started(child, argv[0], err);
}

static void keep_tail(struct child *child, const char *data, size_t length)
{
	size_t size = sizeof(child->tail) - 1, excess;

	if (length > size) {
		data += length - size;
		length = size;
		child->tail_cut = true;
	}
	if (child->tail_length + length > size) {
		excess = child->tail_length + length - size;
		child->tail_length -= excess;
		memmove(child->tail, child->tail + excess, child->tail_length);
		child->tail_cut = true;
	}
	memcpy(child->tail + child->tail_length, data, length);
	child->tail_length += length;
}

/* Reads once from each pipe; true if something came. */
static bool read_pipes(struct child *child)
{
	struct pipe *pipes[] = {&child->out, &child->errors};
	char piece[PIECE];
	bool came = false;

	for (size_t i = 0; i < COUNT(pipes); i++) {
		ssize_t length;

		if (pipes[i]->read < 0)
			continue;
		length = read(pipes[i]->read, piece, sizeof(piece));
		if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR))
			close_fd(&pipes[i]->read);
		if (length <= 0)
			continue;
		came = true;
		if (i == 0)
			text_add_bytes(&child->output, piece, (size_t)length);
		else
			keep_tail(child, piece, (size_t)length);
	}
	return came;
}

/* Not reaped yet: as long as it isn't, its process group can't become another's. */
static bool has_ended(const struct child *child)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0
	       || info.si_pid == child->pid;
}

/* Waits for output, the child's end, a stop (if `stop` is its descriptor) or the deadline. A
 * grandchild may keep the pipes open, so their end is not the child's. */
static bool step(struct child *child, struct deadline by, int stop)
{
	struct pollfd fds[] = {
	    {.fd = child->out.read, .events = POLLIN},
	    {.fd = child->errors.read, .events = POLLIN},
	    {.fd = child->pidfd, .events = POLLIN},
	    {.fd = stop, .events = POLLIN},
	};

	if (child->pidfd < 0)
		by = deadline_within(by, POLL_MS);
	poll(fds, COUNT(fds), deadline_left(by));
	read_pipes(child);
	return has_ended(child);
}

static void terminate(struct child *child)
{
	struct deadline by = deadline_in(GRACE_MS);

	kill(-child->pid, SIGTERM);
	while (!step(child, by, -1) && !deadline_passed(by))
		continue;
	kill(-child->pid, SIGKILL);
	reap(child);
}

static void add_detail(struct child *child, struct arena *arena, struct error *err)
{
	const char *from = child->tail, *line;

	child->tail[child->tail_length] = '\0';
	if (child->tail_cut && (line = strchr(from, '\n')) != NULL && line[1] != '\0')
		from = line + 1;
	error_detail(err, "%s", text_trim(arena, from, strlen(from)));
}

static struct deadline earlier(struct deadline one, struct deadline other)
{
	return one.at < other.at ? one : other;
}

static bool watch(
    struct arena *arena, struct child *child, const struct process *process, struct error *err)
{
	int64_t began = clock_ms();
	struct deadline look = deadline_in(process->every);

	failpoint("program started");
	while (!step(
	    child, process->look == NULL ? process->by : earlier(process->by, look), stop_fd())) {
		if (process->look != NULL && deadline_passed(look)) {
			process->look(process->context);
			look = deadline_in(process->every);
		}
		if (stop_asked(err)) {
			terminate(child);
			return false;
		}
		if (deadline_passed(process->by)) {
			terminate(child);
			error_set(err, STATUS_FAILED, "%s did not finish within %s",
			    base_name(process->argv[0]),
			    text_duration(arena, (long)(process->by.at - began)));
			add_detail(child, arena, err);
			return false;
		}
	}
	for (int round = 0; round < DRAIN_ROUNDS && read_pipes(child); round++)
		continue;
	return true;
}

static const char *signal_name(int number)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
	    {SIGHUP, " (SIGHUP)"},
	    {SIGINT, " (SIGINT)"},
	    {SIGQUIT, " (SIGQUIT)"},
	    {SIGILL, " (SIGILL)"},
	    {SIGABRT, " (SIGABRT)"},
	    {SIGBUS, " (SIGBUS)"},
	    {SIGFPE, " (SIGFPE)"},
	    {SIGKILL, " (SIGKILL)"},
	    {SIGSEGV, " (SIGSEGV)"},
	    {SIGPIPE, " (SIGPIPE)"},
	    {SIGALRM, " (SIGALRM)"},
	    {SIGTERM, " (SIGTERM)"},
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].number == number)
			return names[i].name;
	return "";
}

bool process_run(
    struct arena *arena, const struct process *process, const char **output, struct error *err)
{
	static const struct pipe closed = {-1, -1};
	struct child child = {
	    .pidfd = -1, .out = closed, .errors = closed, .report = closed, .output.arena = arena};
	const char *name = base_name(process->argv[0]);
	int status;

	if (stop_asked(err) || !start(arena, process, &child, err)
	    || !watch(arena, &child, process, err))
		return false;
	status = reap(&child);
	failpoint("program ended");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		if (output != NULL)
			*output = text_string(&child.output);
		return true;
	}
	if (WIFSIGNALED(status))
		error_set(err, STATUS_FAILED, "%s was ended by signal %d%s", name, WTERMSIG(status),
		    signal_name(WTERMSIG(status)));
	else
		error_set(
		    err, STATUS_FAILED, "%s failed with exit status %d", name, WEXITSTATUS(status));
	add_detail(&child, arena, err);
	return false;
}

const char *const *process_english(struct arena *arena, const char *const *env)
{
	struct names all = {0};

	for (; *env != NULL; env++)
		names_add(arena, &all, *env);
	names_add(arena, &all, "LC_ALL=C");
	names_add(arena, &all, NULL);
	return all.items;
}

bool process_exec(char *const *argv, struct error *err)
{
	stop_restore();
	/* A stop that came before this point must not be lost with the handlers. */
	if (stop_asked(err))
		return false;
	close_all_on_exec();
	execvp(argv[0], argv);
	return error_errno(err, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE,
	    "can't execute '%s'", argv[0]);
}
