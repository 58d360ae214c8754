#include "core/base/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/executable.h"
#include "core/base/failpoint.h"
#include "core/base/spawn.h"
#include "core/base/stop.h"
#include "core/base/text.h"

/* Of the two seconds that a stop may take, the child's share. */
#define GRACE_MS 1200

/* How often to look for the child's end where there is no pidfd_open. */
#define POLL_MS 50

/* After the child's end a grandchild may go on writing; what the child wrote fits in its pipe. */
#define DRAIN_ROUNDS 8
#define PIECE 65536

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static void close_read(struct pipe *pipe)
{
	close(pipe->read);
	pipe->read = -1;
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

static void take(struct child *child, const char *data, size_t length)
{
	const struct process *process = child->process;

	if (process->take == NULL)
		text_add_bytes(&child->output, data, length);
	else if (!child->refused)
		child->refused = !process->take(process->context, data, length);
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
			close_read(pipes[i]);
		if (length <= 0)
			continue;
		came = true;
		if (i == 0)
			take(child, piece, (size_t)length);
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
	spawn_reap(child);
}

static void add_detail(struct child *child, struct error *err)
{
	const char *from = child->tail, *line;

	child->tail[child->tail_length] = '\0';
	if (child->tail_cut && (line = strchr(from, '\n')) != NULL && line[1] != '\0')
		from = line + 1;
	error_detail(err, "%s", text_trim(child->arena, from, strlen(from)));
}

static struct deadline earlier(struct deadline one, struct deadline other)
{
	return one.at < other.at ? one : other;
}

/* Waits for more, and looks whether it has to end. False: it was ended. */
static bool attend(struct child *child, struct error *err)
{
	const struct process *process = child->process;
	bool looked_at = process->look != NULL;

	child->ended
	    = step(child, looked_at ? earlier(process->by, child->look) : process->by, stop_fd());
	for (int round = 0; child->ended && round < DRAIN_ROUNDS && read_pipes(child); round++)
		continue;
	if (child->refused) {
		terminate(child);
		error_set(err, STATUS_FAILED, "the output of %s was not accepted",
		    base_name(process->argv[0]));
		return false;
	}
	if (child->ended)
		return true;
	if (looked_at && deadline_passed(child->look)) {
		process->look(process->context);
		child->look = deadline_in(process->every);
	}
	if (stop_asked(err)) {
		terminate(child);
		return false;
	}
	if (!deadline_passed(process->by))
		return true;
	terminate(child);
	error_set(err, STATUS_FAILED, "%s did not finish within %s", base_name(process->argv[0]),
	    text_duration(child->arena, (long)(process->by.at - child->began)));
	add_detail(child, err);
	return false;
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

bool process_start(
    struct arena *arena, const struct process *process, struct child **child, struct error *err)
{
	static const struct pipe closed = {-1, -1};
	struct child *made = arena_alloc(arena, sizeof(*made));

	*made = (struct child){
	    .arena = arena,
	    .process = process,
	    .began = clock_ms(),
	    .look = deadline_in(process->every),
	    .pidfd = -1,
	    .out = closed,
	    .errors = closed,
	    .report = closed,
	    .output.arena = arena,
	    .kills = memory_kills(""),
	};
	if (stop_asked(err) || !spawn_start(made, err))
		return false;
	failpoint("program started");
	*child = made;
	return true;
}

/* What was given the last time is gone with this. */
static void drop_taken(struct child *child)
{
	struct text *output = &child->output;

	output->length -= child->taken;
	if (child->taken > 0)
		memmove(output->data, output->data + child->taken, output->length);
	child->taken = 0;
}

bool process_line(struct child *child, const char **line, struct error *err)
{
	struct text *output = &child->output;
	char *newline = NULL;
	size_t seen = 0;

	drop_taken(child);
	for (;;) {
		if (output->length > seen)
			newline = memchr(output->data + seen, '\n', output->length - seen);
		if (newline != NULL || child->ended)
			break;
		seen = output->length;
		if (!attend(child, err))
			return false;
	}
	*line = newline != NULL ? output->data : NULL;
	if (newline == NULL)
		return true;
	*newline = '\0';
	child->taken = (size_t)(newline - output->data) + 1;
	return true;
}

/* A shell tells of its child's signal by a status. */
static bool was_killed(int status)
{
	return WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL
				   : WEXITSTATUS(status) == 128 + SIGKILL;
}

static void say_end(const struct child *child, int status, struct error *err)
{
	const char *name = base_name(child->process->argv[0]), *blame;
	struct memory_kills now;

	if (WIFSIGNALED(status))
		error_set(err, STATUS_FAILED, "%s was killed by signal %d%s", name,
		    WTERMSIG(status), signal_name(WTERMSIG(status)));
	else
		error_set(
		    err, STATUS_FAILED, "%s failed with exit status %d", name, WEXITSTATUS(status));
	if (!was_killed(status))
		return;
	now = memory_kills("");
	blame = memory_blame(&child->kills, &now);
	if (blame != NULL)
		error_append(err, ": %s", blame);
}

bool process_finish(struct child *child, const char **output, struct error *err)
{
	int status;

	while (!child->ended)
		if (!attend(child, err))
			return false;
	status = spawn_reap(child);
	failpoint("program ended");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		if (output != NULL)
			*output = text_string(&child->output);
		return true;
	}
	say_end(child, status, err);
	add_detail(child, err);
	return false;
}

void process_abandon(struct child *child)
{
	if (child != NULL)
		terminate(child);
}

bool process_run(
    struct arena *arena, const struct process *process, const char **output, struct error *err)
{
	struct child *child;

	return process_start(arena, process, &child, err) && process_finish(child, output, err);
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
	spawn_close_on_exec();
	return executable_run(argv, err);
}
