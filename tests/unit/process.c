#include "core/base/process.h"
#include "core/base/program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/stop.h"
#include "tests/unit/tap.h"

static struct arena arena;
static char directory[] = "/tmp/migrate-process-XXXXXX";
static struct error err;
static const char *output;

static bool run_within(long ms, const char *script, bool quiet)
{
	const char *argv[] = {"sh", "-c", script, NULL};
	struct process process = {.argv = argv, .by = deadline_in(ms), .quiet = quiet};

	output = NULL;
	return process_run(&arena, &process, &output, &err);
}

static bool run(const char *script)
{
	return run_within(30000, script, false);
}

/* What `behaviour` returns, from a process of its own; -1 if a signal ended it. */
static int in_process(int (*behaviour)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(30);
		_exit(behaviour());
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_results(void)
{
	ok(run("echo one; echo two >&2"), "exit status 0 is success");
	is(output, "one\n", "stdout is the output, stderr is not");
	ok(run("exit 0"), "a silent program succeeds");
	is(output, "", "its output is empty");
	ok(run_within(30000, "echo one", true), "a quiet program succeeds");
	is(output, "", "its output is thrown away");
	ok(!run("echo out; echo ' why' >&2; exit 3"), "another exit status is failure");
	is(err.message, "sh failed with exit status 3", "the message has the status");
	is(err.detail, "why", "the detail is what it said, trimmed");
	is(output, NULL, "a failure leaves the output alone");
	ok(!run("kill -KILL $$"), "an end by a signal is failure");
	is(err.message, "sh was killed by signal 9 (SIGKILL)", "the message has the signal");
}

static void test_not_executable(void)
{
	const char *argv[] = {"no-such-program", NULL};
	struct process process = {.argv = argv, .by = deadline_in(30000)};

	ok(!process_run(&arena, &process, &output, &err), "a missing program is failure");
	is(err.message, "cannot execute no-such-program: No such file or directory",
	    "the message has the reason");
	is_int(err.status, STATUS_FAILED, "the status is the unspecific one");
}

static void test_environment(void)
{
	const char *argv[] = {"sh", "-c", "echo $ADDED $CHANGED ${REMOVED-gone} $KEPT", NULL};
	const char *env[] = {"ADDED=1", "CHANGED=2", NULL}, *unset[] = {"REMOVED", NULL};
	struct process process
	    = {.argv = argv, .env = env, .unset = unset, .by = deadline_in(30000)};

	setenv("CHANGED", "0", 1);
	setenv("REMOVED", "0", 1);
	setenv("REMOVED_NOT", "0", 1);
	setenv("KEPT", "3", 1);
	ok(process_run(&arena, &process, &output, &err), "a program runs with an environment");
	is(output, "1 2 gone 3\n", "variables are added, changed, removed and kept");
	is(getenv("CHANGED"), "0", "our own environment stays");
}

static void test_surroundings(void)
{
	int extra = fcntl(STDOUT_FILENO, F_DUPFD, 20);

	ok(run("ls /proc/self/fd"), "a program can look at its descriptors");
	is(output, "0\n1\n2\n3\n", "it has three (and the one it looks with)");
	close(extra);
	ok(run("cat"), "a program that reads stdin ends");
	is(output, "", "because there is nothing to read");
	ok(run("set -- $(cat /proc/$$/stat); test $5 = $$"), "it leads a process group");
}

static void test_volume(void)
{
	ok(run("head -c 3000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero | tr '\\0' y "
	       ">&2"),
	    "a program that writes much to both pipes ends");
	is_int(strlen(output), 3000000, "all of its output is there");
	ok(!run("seq 1 100000 >&2; exit 1"), "a program that complains much fails");
	ok(text_ends(err.detail, "\n99999\n100000"), "the detail is the end of its complaint");
	is_int(strspn(err.detail, "0123456789"), 5, "the detail begins with a whole line");
}

/* Ends the process whose id is the output; never 0, which would be ourselves. */
static bool kill_printed(void)
{
	pid_t pid = output == NULL ? 0 : (pid_t)atoi(output);

	return pid > 1 && kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid;
}

static void test_grandchild(void)
{
	int64_t began = clock_ms();

	ok(run("sleep 60 & echo $!"), "a program ends though its child keeps the pipes");
	ok(clock_ms() - began < 20000, "at once");
	ok(kill_printed(), "its output is there");
	ok(run("yes >&2 & echo $!"), "a program ends though its child goes on writing");
	ok(kill_printed(), "its output is there");
}

/* Orphans come to us: in a container nobody else may be there to reap them. */
static bool is_gone(pid_t group)
{
	struct deadline by = deadline_in(10000);

	while (kill(-group, 0) == 0 && !deadline_passed(by)) {
		waitpid(-group, NULL, WNOHANG);
		deadline_sleep(deadline_in(5));
	}
	return kill(-group, 0) != 0;
}

static pid_t read_pid(const char *path)
{
	struct deadline by = deadline_in(10000);
	struct error ignored;
	char *data = NULL;

	while (!deadline_passed(by)) {
		if (file_read(&arena, path, &data, NULL, &ignored) && strchr(data, '\n') != NULL)
			return (pid_t)atoi(data);
		deadline_sleep(deadline_in(5));
	}
	return 0;
}

static void test_deadline(void)
{
	int64_t began = clock_ms();
	const char *path = file_join(&arena, directory, "late");

	ok(!run_within(1500,
	       arena_printf(&arena, "echo busy >&2; echo $$ >%s; exec sleep 60", path), false),
	    "a passed deadline is failure");
	ok(text_starts(err.message, "sh did not finish within "), "the message says: %s",
	    err.message);
	is(err.detail, "busy", "the detail is what it said until then");
	ok(clock_ms() - began < 20000, "it did not last");
	ok(is_gone(read_pid(path)), "the program is gone");
	began = clock_ms();
	ok(!run_within(100, "trap '' TERM; sleep 60 & sleep 60; sleep 60", false),
	    "a program that ignores SIGTERM is failure");
	ok(clock_ms() - began < 20000, "it was killed");
}

static struct child *start(struct process *process, const char *script)
{
	static const char *argv[] = {"sh", "-c", NULL, NULL};
	struct child *child = NULL;

	argv[2] = script;
	process->argv = argv;
	return process_start(&arena, process, &child, &err) ? child : NULL;
}

static const char *next_line(struct child *child)
{
	const char *line = NULL;

	return process_line(child, &line, &err) ? line : "(failed)";
}

/* The child says its second line only when it has been told that the first has been read. */
static void test_lines(void)
{
	const char *path = file_join(&arena, directory, "read");
	struct process process = {.by = deadline_in(30000)};
	struct child *child = start(&process,
	    arena_printf(&arena,
		"echo one; until [ -e %s ]; do :; done; printf 'two\\n\\nfour\\nrest'", path));

	is(next_line(child), "one", "a line is there as soon as it is written");
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	is(next_line(child), "two", "and so is the next");
	is(next_line(child), "", "also an empty one");
	is(next_line(child), "four", "and the last");
	is(next_line(child), NULL, "what has no newline is none");
	ok(process_finish(child, &output, &err), "then it ends");
	is(output, "rest", "and what is left is the output");

	process.by = deadline_in(30000);
	child = start(&process, "seq 1 60000; exit 3");
	for (int i = 1; i <= 60000; i++)
		if (strcmp(next_line(child), arena_printf(&arena, "%d", i)) != 0)
			ok(false, "line %d is where it belongs", i);
	ok(!process_finish(child, &output, &err), "many lines, and a failure behind them");
	is(err.message, "sh failed with exit status 3", "which is told");

	process.by = deadline_in(500);
	child = start(&process, "echo only; exec sleep 60");
	is(next_line(child), "only", "one line, and then nothing");
	ok(!process_line(child, &output, &err), "the deadline counts for lines too");
	ok(text_starts(err.message, "sh did not finish within "), "with its message");
}

static void test_abandon(void)
{
	const char *path = file_join(&arena, directory, "abandoned");
	struct process process = {.by = deadline_in(30000)};
	struct child *child
	    = start(&process, arena_printf(&arena, "echo $$ >%s; exec sleep 60", path));
	pid_t pid = read_pid(path);

	process_abandon(child);
	ok(pid > 0 && is_gone(pid), "a program that is abandoned is gone");
	process_abandon(NULL);
}

static int stop_while_running(void)
{
	const char *script
	    = arena_printf(&arena, "echo $$ >%s/group; kill -TERM $PPID; exec sleep 60", directory);

	stop_install();
	if (run(script) || err.status != STATUS_TERMINATED)
		return 1;
	return run("true") || err.status != STATUS_TERMINATED;
}

static int stop_while_stubborn(void)
{
	const char *script = arena_printf(&arena,
	    "trap '' TERM; echo $$ >%s/stubborn; kill -TERM $PPID; sleep 60; sleep 60", directory);
	int64_t began = clock_ms();

	stop_install();
	return run(script) || err.status != STATUS_TERMINATED || clock_ms() - began < 1200;
}

static void test_stop(void)
{
	is_int(in_process(stop_while_running), 0, "a stop ends the run, and nothing runs after it");
	ok(is_gone(read_pid(file_join(&arena, directory, "group"))), "the program is gone");
	is_int(in_process(stop_while_stubborn), 0, "a stop waits 1.2 s for a program that goes on");
	ok(is_gone(read_pid(file_join(&arena, directory, "stubborn"))), "its group is killed");
}

/* grep looks at itself: a shell blocks signals while it waits. Signals 32 and 33 are the C
 * library's own; GNU make's children have them ignored. */
static int run_with_signals(void)
{
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	stop_install();
	return !run("exec grep -Eq '^SigIgn:\\s0{7}[01][08]0{7}$' /proc/self/status")
	       || !run("exec grep -Eq '^SigBlk:\\s0+$' /proc/self/status");
}

static void test_orphan(void)
{
	const char *path = file_join(&arena, directory, "orphan");
	pid_t orphan, pid = fork();

	if (pid == 0) {
		if (run(arena_printf(&arena, "echo $$ >%s; exec sleep 60", path)))
			_exit(0);
		_exit(1);
	}
	orphan = read_pid(path);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ok(orphan > 0 && is_gone(orphan), "a program does not outlive a kill -9 of ours");
}

static void test_find(void)
{
	const char *sh = program_find(&arena, "sh");

	ok(sh != NULL && text_ends(sh, "/sh") && *sh == '/', "a program is found in PATH");
	is(program_find(&arena, sh), sh, "a path is found as it is");
	is(program_find(&arena, "no-such-program"), NULL, "a missing program is not found");
	is(program_find(&arena, directory), NULL, "a directory is no program");
	is(program_find(&arena, ""), NULL, "no name is no program");
}

static int exec_of(const char *script)
{
	char sh[] = "sh", c[] = "-c", *argv[] = {sh, c, arena_strdup(&arena, script), NULL};

	process_exec(argv, &err);
	return (int)err.status;
}

static int exec_exit(void)
{
	return exec_of("exit 42");
}

static int exec_dispositions(void)
{
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	stop_install();
	return exec_of("exec grep -Eq '^SigIgn:\\s0{7}[01][08]0{6}1$' /proc/self/status");
}

static int exec_mask(void)
{
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGHUP);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	stop_install();
	return exec_of("exec grep -Eq '^SigBlk:\\s0+1$' /proc/self/status");
}

static int exec_descriptors(void)
{
	fcntl(STDOUT_FILENO, F_DUPFD, 20);
	stop_install();
	return exec_of("test $(ls /proc/self/fd | tail -1) -lt 5");
}

static int exec_after_stop(void)
{
	stop_install();
	raise(SIGTERM);
	return exec_of("exit 42");
}

static int exec_missing(void)
{
	char name[] = "no-such-program", *argv[] = {name, NULL};

	process_exec(argv, &err);
	return strstr(err.message, "cannot execute 'no-such-program': ") ? (int)err.status : 0;
}

static int exec_directory(void)
{
	char *argv[] = {directory, NULL};

	process_exec(argv, &err);
	return (int)err.status;
}

static void test_exec(void)
{
	is_int(in_process(exec_exit), 42, "the program takes our place");
	is_int(in_process(exec_dispositions), 0, "it ignores what we were started to ignore");
	is_int(in_process(exec_mask), 0, "it blocks what we were started to block");
	is_int(in_process(exec_descriptors), 0, "it has no descriptor of ours");
	is_int(in_process(exec_after_stop), 143, "a stop that came before is not lost");
	is_int(in_process(exec_missing), 127, "a program that is not found is 127");
	is_int(in_process(exec_directory), 126, "a program that can't be executed is 126");
}

int main(void)
{
	if (!ok(mkdtemp(directory) != NULL, "a scratch directory is there"))
		return tap_done();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	test_results();
	test_not_executable();
	test_environment();
	test_surroundings();
	test_volume();
	test_grandchild();
	test_deadline();
	test_lines();
	test_abandon();
	test_stop();
	is_int(
	    in_process(run_with_signals), 0, "a program has the signals that we were started with");
	test_orphan();
	test_find();
	test_exec();
	ok(run(arena_printf(&arena, "rm -r %s", directory)), "the scratch directory is removed");
	arena_free(&arena);
	return tap_done();
}
