#include "core/pg/address.h"

#include <netdb.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/stop.h"
#include "core/pg/background.h"

/* Shared by two threads; whoever leaves last frees it. The main thread reads `code` and `found`
 * only after `done`, the resolving one writes them only before. */
struct lookup {
	atomic_int users;
	int done; /* eventfd */
	char *host;
	int code;
	struct addrinfo *found;
};

static void lookup_free(struct lookup *lookup)
{
	if (lookup->found != NULL)
		freeaddrinfo(lookup->found);
	if (lookup->done >= 0)
		close(lookup->done);
	free(lookup->host);
	free(lookup);
}

static void leave(struct lookup *lookup)
{
	if (atomic_fetch_sub(&lookup->users, 1) == 1)
		lookup_free(lookup);
}

static void *resolve(void *argument)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct lookup *lookup = argument;

	lookup->code = getaddrinfo(lookup->host, NULL, &hints, &lookup->found);
	eventfd_write(lookup->done, 1);
	leave(lookup);
	return NULL;
}

static struct lookup *lookup_new(const char *host)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));

	if (lookup == NULL)
		return NULL;
	lookup->host = strdup(host);
	lookup->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	atomic_init(&lookup->users, 2);
	if (lookup->host != NULL && lookup->done >= 0)
		return lookup;
	lookup_free(lookup);
	return NULL;
}

static bool wait_done(const struct lookup *lookup, struct deadline by, struct error *err)
{
	struct pollfd fds[] = {
	    {.fd = lookup->done, .events = POLLIN},
	    {.fd = stop_fd(), .events = POLLIN},
	};

	do {
		if (stop_asked(err))
			return false;
		if (deadline_passed(by))
			return error_set(err, STATUS_UNREACHABLE,
			    "could not resolve \"%s\": timed out", lookup->host);
		poll(fds, COUNT(fds), deadline_left(by));
	} while (fds[0].revents == 0);
	return true;
}

static bool take_found(
    struct arena *arena, const struct lookup *lookup, struct names *addresses, struct error *err)
{
	char text[NI_MAXHOST];

	if (lookup->code != 0)
		return error_set(err, STATUS_UNREACHABLE, "could not resolve \"%s\": %s",
		    lookup->host, gai_strerror(lookup->code));
	for (const struct addrinfo *a = lookup->found; a != NULL; a = a->ai_next) {
		if (getnameinfo(
			a->ai_addr, a->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST)
			== 0
		    && !names_has(addresses, text))
			names_add(arena, addresses, arena_strdup(arena, text));
	}
	return true;
}

/* Addresses need no resolver, and no thread. */
static bool is_numeric(const char *host)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
	struct addrinfo *found;

	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return false;
	freeaddrinfo(found);
	return true;
}

bool address_is_socket(const char *host)
{
	return host[0] == '/' || host[0] == '@';
}

bool address_resolve(struct arena *arena, const char *host, struct deadline by,
    struct names *addresses, struct error *err)
{
	struct lookup *lookup;
	bool ok;

	if (is_numeric(host)) {
		names_add(arena, addresses, arena_strdup(arena, host));
		return true;
	}
	lookup = lookup_new(host);
	if (lookup == NULL)
		return error_errno(err, STATUS_UNREACHABLE, "could not resolve \"%s\"", host);
	if (!background_start(resolve, lookup)) {
		lookup_free(lookup);
		return error_set(err, STATUS_UNREACHABLE,
		    "could not resolve \"%s\": no thread could be started", host);
	}
	ok = wait_done(lookup, by, err) && take_found(arena, lookup, addresses, err);
	leave(lookup);
	return ok;
}
