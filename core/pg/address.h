/* address: a host's name to its addresses, under a deadline and never deaf to a stop. */
#ifndef CORE_PG_ADDRESS_H
#define CORE_PG_ADDRESS_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"

/* A socket's directory, or an abstract socket: nothing to resolve. */
bool address_is_socket(const char *host);

/* Numeric addresses in the resolver's order (getaddrinfo(3), RFC 6724). Errors, STATUS_UNREACHABLE:
 * the name does not resolve (yet), or no answer in time; a stop. A call that is given up goes on in
 * its thread until the resolver's own time-out. */
MUST_CHECK bool address_resolve(struct arena *arena, const char *host, struct deadline by,
    struct names *addresses, struct error *err);

#endif
