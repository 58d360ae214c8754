#include "core/apply/record.h"

#include <string.h>

#include "core/base/log.h"
#include "core/base/stop.h"

#define UNDEFINED_TABLE "42P01"
#define READ_ONLY "25006"
#define UNDEFINED_SCHEMA "3F000"
#define AFRESH_MS 1000

/* A pool's connection may be another's a moment later. */
static bool owns_backend(const struct record *record)
{
	return strcmp(config_string(record->config, SETTING_LOCK_MODE), "transaction") != 0;
}

MUST_CHECK static bool begin(
    struct record *record, struct database *database, const struct plan *plan, struct error *err)
{
	struct arena *arena = database->arena;
	const struct version *version = &database->version;
	struct names pending = {0};
	const struct attempt_start start = {
	    .command = record->command,
	    .target = record->target,
	    .heads = &version->heads,
	    .pending = &pending,
	    .backend = owns_backend(record),
	};

	for (size_t i = 0; i < plan->count; i++)
		names_add(arena, &pending, plan->steps[i].node->revision.id);
	if (attempt_begin(database->session, arena, version, &start, &record->key, err))
		return true;
	return strcmp(err->sqlstate, UNDEFINED_TABLE) == 0
	       && attempt_create(database->session, version, err)
	       && attempt_begin(database->session, arena, version, &start, &record->key, err);
}

/* The run itself says what it fails at, too. */
static bool is_worth_a_word(const struct database *database, const struct error *err)
{
	return stop_signal() == 0 && !session_lost(database->session)
	       && strcmp(err->sqlstate, READ_ONLY) != 0
	       && strcmp(err->sqlstate, UNDEFINED_SCHEMA) != 0;
}

void record_begin(struct record *record, struct database *database, const struct plan *plan)
{
	struct error err = {0};

	if (record == NULL || record->failed || begin(record, database, plan, &err))
		return;
	record->failed = !session_lost(database->session);
	if (is_worth_a_word(database, &err))
		log_warn("cannot record this run for `migrate status`: %s", err.message);
}

bool record_begun(const struct record *record)
{
	return record != NULL && record->key.id != NULL;
}

/* What the row keeps of it, which has neither hints nor details. */
static struct error kept(const struct record *record, const struct error *err)
{
	struct error failure = *err;

	if (err->status == STATUS_LOCKED && err->detail[0] != '\0')
		error_append(&failure, ": %s", err->detail);
	if (record->ends != NULL)
		error_append(&failure, RECORD_END "%s", record->ends);
	return failure;
}

MUST_CHECK static bool end_on(const struct record *record, struct session *session,
    const struct version *version, const struct error *err, struct error *why)
{
	struct attempt_end end = {.steps_done = record->steps_done, .backup = record->backup};
	struct error failure;

	if (err != NULL) {
		failure = kept(record, err);
		end.failure = &failure;
	}
	return attempt_end(session, version, &record->key, &end, why);
}

/* The server may have ended the connection that it had. */
static void end_elsewhere(
    const struct record *record, const struct database *database, const struct error *err)
{
	struct session *session;
	struct error why = {0};

	if (stop_signal() != 0
	    || !session_open(&database->conninfo, session_host(database->session),
		deadline_in(AFRESH_MS), &session, &why))
		return;
	if (!end_on(record, session, &database->version, err, &why))
		log_debug("cannot record the end of this run: %s", why.message);
	session_close(session);
}

void record_end(struct record *record, struct database *database, const struct error *err)
{
	struct error why = {0};

	if (!record_begun(record))
		return;
	if (session_lost(database->session))
		end_elsewhere(record, database, err);
	else if (!end_on(record, database->session, &database->version, err, &why)
		 && is_worth_a_word(database, &why))
		log_warn("cannot record the end of this run: %s", why.message);
}
