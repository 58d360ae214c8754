#include "core/base/stop.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "tests/unit/tap.h"

/* A stop can't be taken back: every behaviour has a process of its own, and true is exit status 0.
 */
static bool in_process(bool (*behaviour)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(30);
		_exit(behaviour() ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	return status == 0;
}

static bool is_readable(int fd)
{
	struct pollfd stop = {.fd = fd, .events = POLLIN};

	return poll(&stop, 1, 0) == 1;
}

static bool is_quiet_before(void)
{
	struct error err = {.message = "kept"};

	stop_install();
	return stop_signal() == 0 && !is_readable(stop_fd()) && !stop_asked(&err)
	       && strcmp(err.message, "kept") == 0;
}

static bool asks(int number, const char *message)
{
	struct error err = {0};

	signal(number, SIG_DFL); /* nohup has it ignored, and so it would stay */
	stop_install();
	raise(number);
	return stop_signal() == number && is_readable(stop_fd()) && stop_asked(&err)
	       && (int)err.status == 128 + number && strcmp(err.message, message) == 0;
}

static bool asks_by_term(void)
{
	return asks(SIGTERM, "stopped by SIGTERM");
}

static bool asks_by_int(void)
{
	return asks(SIGINT, "stopped by SIGINT");
}

static bool asks_by_hup(void)
{
	return asks(SIGHUP, "stopped by SIGHUP");
}

static bool asks_by_quit(void)
{
	return asks(SIGQUIT, "stopped by SIGQUIT");
}

static bool keeps_the_first(void)
{
	stop_install();
	raise(SIGTERM);
	raise(SIGINT);
	return stop_signal() == SIGTERM;
}

static bool leaves_ignored(void)
{
	signal(SIGHUP, SIG_IGN);
	stop_install();
	raise(SIGHUP);
	return stop_signal() == 0;
}

static bool ignores_pipe(void)
{
	int ends[2];

	stop_install();
	return pipe(ends) == 0 && close(ends[0]) == 0 && write(ends[1], "x", 1) == -1;
}

static bool unblocks(void)
{
	sigset_t blocked, after;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	stop_install();
	raise(SIGTERM);
	if (stop_signal() != SIGTERM)
		return false;
	stop_restore();
	sigprocmask(SIG_SETMASK, NULL, &after);
	return sigismember(&after, SIGTERM) == 1 && sigismember(&after, SIGUSR1) == 1
	       && sigismember(&after, SIGINT) == 0;
}

static void theirs(int number)
{
	(void)number;
}

static bool is_handled_by(int number, void (*handler)(int))
{
	struct sigaction action;

	sigaction(number, NULL, &action);
	return action.sa_handler == handler;
}

static bool restores(void)
{
	signal(SIGTERM, theirs);
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGCHLD, SIG_IGN);
	stop_install();
	stop_install();
	if (!is_handled_by(SIGPIPE, SIG_IGN) || !is_handled_by(SIGCHLD, SIG_DFL))
		return false;
	stop_restore();
	return is_handled_by(SIGTERM, theirs) && is_handled_by(SIGINT, SIG_DFL)
	       && is_handled_by(SIGHUP, SIG_IGN) && is_handled_by(SIGQUIT, SIG_IGN)
	       && is_handled_by(SIGPIPE, SIG_DFL) && is_handled_by(SIGCHLD, SIG_IGN);
}

static bool interrupts(void)
{
	struct pollfd nothing = {.fd = -1};
	struct deadline by = deadline_in(20000);
	pid_t pid, parent = getpid();

	stop_install();
	pid = fork();
	if (pid == 0) {
		/* Until the parent waits in poll a signal may come too early, so it is repeated. */
		while (kill(parent, SIGTERM) == 0 && getppid() == parent)
			poll(&nothing, 1, 10);
		_exit(0);
	}
	return poll(&nothing, 1, 20000) == -1 && !deadline_passed(by);
}

int main(void)
{
	ok(in_process(is_quiet_before), "without a signal no stop is asked for");
	ok(in_process(asks_by_term), "SIGTERM asks for a stop");
	ok(in_process(asks_by_int), "SIGINT asks for a stop");
	ok(in_process(asks_by_hup), "SIGHUP asks for a stop");
	ok(in_process(asks_by_quit), "SIGQUIT asks for a stop");
	ok(in_process(keeps_the_first), "a second signal changes nothing");
	ok(in_process(leaves_ignored), "a signal that was ignored stays ignored");
	ok(in_process(ignores_pipe), "SIGPIPE is ignored");
	ok(in_process(unblocks),
	    "signals left blocked are unblocked, and blocked again at the end");
	ok(in_process(restores), "every disposition is restored as it was inherited");
	ok(in_process(interrupts), "a signal interrupts a system call");
	return tap_done();
}
