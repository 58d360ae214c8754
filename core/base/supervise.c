#include "core/base/supervise.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/process.h"
#include "core/base/stop.h"

struct child {
	pid_t pid; /* and its process group's */
	pid_t target; /* what kill(2) sends to */
	bool terminal; /* its group was given the terminal */
	bool ended;
	int status; /* once it ended */
};

/* Not where a shell started us in the background: the terminal is another's then. */
static bool has_terminal(void)
{
	return tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/* Everything is blocked here, SIGTTOU too, so that a background process may do this
 * (tcsetpgrp(3)). */
static void give_terminal(pid_t group)
{
	(void)!tcsetpgrp(STDIN_FILENO, group);
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* PID 1 is never stopped. A SIGCONT that has come already would be lost by the stop. */
static void stop_too(void)
{
	sigset_t pending;

	sigpending(&pending);
	if (!sigismember(&pending, SIGCONT))
		kill(getpid(), SIGSTOP);
}

/* One SIGCHLD may stand for many children. */
static void reap(struct child *child)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != child->pid)
			continue;
		if (!WIFSTOPPED(status)) {
			child->ended = true;
			child->status = exit_status(status);
		} else if (child->terminal) {
			stop_too();
		}
	}
}

/* A stop by the terminal stopped the whole group, and `fg` gave the terminal to us. */
static void go_on(const struct child *child)
{
	if (child->terminal && has_terminal())
		give_terminal(child->pid);
	kill(child->terminal ? -child->pid : child->target, SIGCONT);
}

static void pass_on(struct child *child, int number)
{
	switch (number) {
	case SIGCHLD: reap(child); break;
	case SIGCONT: go_on(child); break;
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		kill(child->target, number);
		stop_too();
		break;
	default: kill(child->target, number); break;
	}
}

/* The child's part before it becomes the application. */
static bool become(char *const *argv, bool terminal, struct error *err)
{
	setpgid(0, 0);
	if (terminal)
		give_terminal(getpid());
	return process_exec(argv, err);
}

bool supervise(char *const *argv, enum audience audience, int *status, struct error *err)
{
	struct child child = {.terminal = has_terminal()};
	sigset_t all, before;
	int number;

	/* What comes from here on waits until there is somebody to pass it on to. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	if (stop_asked(err))
		return false;
	if (getpid() != 1)
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	fflush(NULL);
	child.pid = fork();
	if (child.pid == 0)
		return become(argv, child.terminal, err);
	if (child.pid < 0)
		return error_errno(err, STATUS_FAILED, "cannot start '%s'", argv[0]);
	setpgid(child.pid, child.pid); /* here too: a signal may come before the child has run */
	child.target = audience == AUDIENCE_GROUP ? -child.pid : child.pid;
	(void)!chdir("/"); /* no volume is kept from being unmounted */
	while (!child.ended)
		if (sigwait(&all, &number) == 0)
			pass_on(&child, number);
	if (audience == AUDIENCE_GROUP)
		kill(child.target, SIGTERM);
	if (child.terminal)
		give_terminal(getpgrp());
	*status = child.status;
	return true;
}
