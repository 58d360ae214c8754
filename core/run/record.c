#include "core/run/record.h"

#include <string.h>

#include "core/base/log.h"
#include "core/base/stop.h"

#define UNDEFINED_TABLE "42P01"
#define READ_ONLY "25006"
#define UNDEFINED_SCHEMA "3F000"

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

void record_end(struct record *record, struct database *database, const struct error *err)
{
	struct error ignored = {0}, failure;
	struct attempt_end end = {.failure = err};

	if (!record_begun(record) || session_lost(database->session))
		return;
	end.steps_done = record->steps_done;
	end.backup = record->backup;
	if (err != NULL && err->status == STATUS_LOCKED && err->detail[0] != '\0') {
		failure = *err;
		error_set(&failure, err->status, "%s: %s", err->message, err->detail);
		end.failure = &failure;
	}
	if (!attempt_end(database->session, &database->version, &record->key, &end, &ignored)
	    && is_worth_a_word(database, &ignored))
		log_warn("cannot record the end of this run: %s", ignored.message);
}
