/* wait: from "the database may not be there yet" to a session that answers.
 *
 * Tries each host and address in turn until one answers the probe. What is retried and what fails
 * at once stands in one table (reason.c), by SQLSTATE and text. Polls every 10 ms for five seconds,
 * more slowly where that would take over 1 % of a core, then with decorrelated jitter up to 500 ms;
 * every 10 ms again, for two seconds, once a server says that it is starting up. A line is logged
 * when the reason changes. */
#ifndef CORE_PG_WAIT_H
#define CORE_PG_WAIT_H

#include "core/pg/role.h"

/* Asks the fresh session what the caller needs to know; ready is: this returned true. A failure is
 * judged by the same table as a failed connect: STATUS_UNREACHABLE without an SQLSTATE is retried.
 */
typedef bool wait_probe(struct session *session, void *context, struct error *err);

struct wait {
	struct deadline by;
	bool once; /* one attempt on each host and address, no retries */
	bool reads; /* target_session_attrs says which server suits; otherwise a primary is looked for */
	long database_grace; /* ms to go on after 3D000 "database does not exist" */
	wait_probe *probe;
	void *context;
	enum role *role; /* what the server is; may be NULL */
};

/* The first server that suits best is taken or, after a round in which none did, the one that suits best
 * of those that answered: the probe is asked again then. Errors: STATUS_UNREACHABLE with what says most
 * of all that went wrong, and the folded history in the detail ("db:5432: refused 41 times, then
 * starting up 3 times"); STATUS_CONFIG for what no waiting can mend (a wrong password, an
 * unknown role); the probe's own, where the table has no row for it; a stop. */
MUST_CHECK bool wait_session(const struct conninfo *conninfo, const struct wait *wait,
    struct session **session, struct error *err);

#endif
