#include "core/base/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define HANDLED 4 /* of the signals below, the ones that ask for a stop */

/* SIGCHLD must not be ignored: the kernel would reap the helpers before they are waited for. */
static const struct {
	int number;
	const char *name;
} signals[] = {
    {SIGTERM, "SIGTERM"},
    {SIGINT, "SIGINT"},
    {SIGHUP, "SIGHUP"},
    {SIGQUIT, "SIGQUIT"},
    {SIGPIPE, "SIGPIPE"},
    {SIGCHLD, "SIGCHLD"},
};

static volatile sig_atomic_t asked_by;
static int event = -1;
static struct sigaction inherited[COUNT(signals)];
static sigset_t inherited_mask;

static void ask(int number)
{
	const uint64_t one = 1;
	int saved = errno;

	if (asked_by == 0) {
		ssize_t ignored = write(event, &one, sizeof(one));

		(void)ignored;
		asked_by = number;
	}
	errno = saved;
}

static void install(size_t i)
{
	struct sigaction action = {.sa_handler = ask};

	sigaction(signals[i].number, NULL, &inherited[i]);
	if (i < HANDLED && inherited[i].sa_handler == SIG_IGN)
		return;
	if (signals[i].number == SIGPIPE)
		action.sa_handler = SIG_IGN;
	if (signals[i].number == SIGCHLD)
		action.sa_handler = SIG_DFL;
	sigfillset(&action.sa_mask);
	sigaction(signals[i].number, &action, NULL);
}

void stop_install(void)
{
	sigset_t handled;

	if (event >= 0)
		return;
	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sigemptyset(&handled);
	for (size_t i = 0; i < COUNT(signals); i++) {
		install(i);
		if (i < HANDLED)
			sigaddset(&handled, signals[i].number);
	}
	sigprocmask(SIG_UNBLOCK, &handled, &inherited_mask);
}

void stop_restore(void)
{
	if (event < 0)
		return;
	for (size_t i = 0; i < COUNT(signals); i++)
		sigaction(signals[i].number, &inherited[i], NULL);
	sigprocmask(SIG_SETMASK, &inherited_mask, NULL);
}

void stop_outlive(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	for (size_t i = 0; i < HANDLED; i++)
		sigaction(signals[i].number, &ignore, NULL);
	close(event);
	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	asked_by = 0;
}

int stop_signal(void)
{
	return asked_by;
}

int stop_fd(void)
{
	return event;
}

bool stop_asked(struct error *err)
{
	int number = asked_by;

	if (number == 0)
		return false;
	for (size_t i = 0; i < COUNT(signals); i++)
		if (signals[i].number == number)
			error_set(
			    err, (enum status)(128 + number), "stopped by %s", signals[i].name);
	return true;
}
