/* crew: several sessions that share a list of jobs, a thread each. */
#ifndef CORE_PG_CREW_H
#define CORE_PG_CREW_H

#include <pthread.h>

#include "core/pg/session.h"

#define CREW_MAX 64

/* A job is known by its number. Two of them run at the same time, each on its worker's session. False ends
 * the whole, with err. */
struct crew_work {
	bool (*run)(void *context, size_t worker, size_t job, struct error *err);
	void *context;
};

struct crew {
	struct session *sessions[CREW_MAX];
	size_t count;
	pthread_mutex_t lock;	/* for what the jobs share: hold it for as long as an assignment takes */
};

/* Opens so many sessions, at least one. Errors: those of session_open. */
MUST_CHECK bool crew_open(struct crew *crew, size_t count, const struct conninfo *conninfo,
    const struct conninfo_host *host, struct error *err);

/* Runs the jobs 0 to count - 1, begun in this order. With one worker or one job there is no thread. */
MUST_CHECK bool crew_run(
    struct crew *crew, size_t count, const struct crew_work *work, struct error *err);

/* Closes what is open, and waits until the server has noticed. */
void crew_close(struct crew *crew);

#endif
