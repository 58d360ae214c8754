#include "core/pg/crew.h"

#include <signal.h>

#define CONNECT_MS 10000

struct shift {
	struct crew *crew;
	const struct crew_work *work;
	size_t next, count;
	bool failed;
	struct error err; /* of the first that failed */
};

struct worker {
	struct shift *shift;
	size_t number;
	pthread_t thread;
	bool apart;
};

bool crew_open(struct crew *crew, size_t count, const struct conninfo *conninfo,
    const struct conninfo_host *host, struct error *err)
{
	*crew = (struct crew){.lock = PTHREAD_MUTEX_INITIALIZER};
	if (count > CREW_MAX)
		count = CREW_MAX;
	do {
		if (!session_open(conninfo, host, deadline_in(CONNECT_MS),
			&crew->sessions[crew->count], err)) {
			crew_close(crew);
			return false;
		}
	} while (++crew->count < count);
	return true;
}

static bool take_job(struct shift *shift, size_t *job)
{
	bool taken;

	pthread_mutex_lock(&shift->crew->lock);
	taken = !shift->failed && shift->next < shift->count;
	if (taken)
		*job = shift->next++;
	pthread_mutex_unlock(&shift->crew->lock);
	return taken;
}

static void fail(struct shift *shift, const struct error *err)
{
	pthread_mutex_lock(&shift->crew->lock);
	if (!shift->failed)
		shift->err = *err;
	shift->failed = true;
	pthread_mutex_unlock(&shift->crew->lock);
}

static void *labour(void *argument)
{
	const struct worker *worker = argument;
	struct shift *shift = worker->shift;
	struct error err = {0};
	size_t job;

	while (take_job(shift, &job))
		if (!shift->work->run(shift->work->context, worker->number, job, &err))
			fail(shift, &err);
	return NULL;
}

/* Signals are the main thread's, which works too. */
bool crew_run(struct crew *crew, size_t count, const struct crew_work *work, struct error *err)
{
	struct shift shift = {.crew = crew, .work = work, .count = count};
	struct worker workers[CREW_MAX] = {{.shift = &shift}};
	sigset_t all, mask;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	for (size_t i = 0; i < crew->count; i++) {
		workers[i] = (struct worker){.shift = &shift, .number = i};
		workers[i].apart
		    = i > 0 && i < count
		      && pthread_create(&workers[i].thread, NULL, labour, &workers[i]) == 0;
	}
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	labour(&workers[0]);
	for (size_t i = 1; i < crew->count; i++)
		if (workers[i].apart)
			pthread_join(workers[i].thread, NULL);
	if (shift.failed)
		*err = shift.err;
	return !shift.failed;
}

void crew_close(struct crew *crew)
{
	for (size_t i = 0; i < crew->count; i++)
		session_close_wholly(crew->sessions[i]);
	crew->count = 0;
}
