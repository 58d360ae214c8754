#include "core/run/restore_hint.h"

#include <string.h>

#include "core/backup/identity.h"
#include "core/pg/token_match.h"
#include "core/run/backup.h"

static bool stays_applied(
    const struct database *database, const struct names *before, const struct error *err)
{
	return err->status == STATUS_HALF_DONE
	       || (err->status == STATUS_ROLLED_BACK
		   && !names_same(before, &database->version.heads));
}

/* The backup from before the change began, by this run or by an earlier one that left its first
 * step half-way: this run's own has the half-done state then. */
static const char *backup_before(const struct apply *apply, struct database *database)
{
	const char *first = apply->plan.steps[0].node->revision.id, *begun;
	const struct journal_record *record = journal_find(apply->journal, first);
	struct error ignored;

	if (record == NULL || !record->half_done)
		return apply->backup;
	if (session_lost(database->session)
	    || !journal_begun(
		database->session, database->arena, &database->version, first, &begun, &ignored))
		return NULL;
	return begun;
}

/* ", at most 2.9 kB on the whole server,"; "" where no bound is known. */
static const char *written_since(struct database *database, const struct manifest *backup)
{
	struct error ignored;
	long long bytes;

	if (session_lost(database->session)
	    || !identity_since(database->arena, database->session, backup, &bytes, &ignored)
	    || bytes < 0)
		return "";
	return arena_printf(database->arena, ", at most %s on the whole server,",
	    text_size_at_most(database->arena, bytes));
}

/* Is the first step's first statement all that failed, in a transaction of its own? A CALL or DO
 * may have committed a part. */
static bool did_nothing(
    const struct apply *apply, struct database *database, const struct error *err)
{
	const struct journal_record *record = NULL;
	const char *first = apply->plan.steps[0].node->revision.id;
	struct journal journal;
	struct error ignored;

	if (session_lost(database->session)
	    || token_match(err->statement, strlen(err->statement), "CALL|DO|CREATE|DROP|REINDEX")
	    || !journal_read(
		database->session, database->arena, &database->version, &journal, &ignored))
		return false;
	record = journal_find(&journal, first);
	return record != NULL && record->half_done && record->statements_done == 0;
}

const char *restore_hint(const struct config *config, const struct apply *apply,
    struct database *database, const struct names *before, struct error *err)
{
	struct arena *arena = database->arena;
	struct manifest backup;
	struct error ignored;
	const char *id, *said;

	if (!stays_applied(database, before, err)
	    || (err->status == STATUS_HALF_DONE && did_nothing(apply, database, err)))
		return NULL;
	id = backup_before(apply, database);
	if (id == NULL || !backup_find(arena, config, id, &backup, &ignored))
		return NULL;
	said = arena_printf(
	    arena, "%s%s", arena_strdup(arena, err->hint), err->hint[0] != '\0' ? "\n" : "");
	if (backup.options != NULL) {
		error_hint(err,
		    "%sThe backup from before this change, of %.19s UTC, is only a part of the "
		    "database, taken with %s. To take from it what you need: migrate restore --to "
		    "looked_at %s",
		    said, backup.created, backup.options, id);
		return NULL;
	}
	error_hint(err,
	    "%sInstead, you can return to the database as of %.19s UTC, before this change began. "
	    "Data written since then%s will not be in it. The current database is kept, and the "
	    "restore prints the command that brings it back: migrate restore --swap %s",
	    said, backup.created, written_since(database, &backup), id);
	return id;
}
