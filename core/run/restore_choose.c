#include "core/run/restore_choose.h"

#include <string.h>

#include "core/backup/identity.h"
#include "core/base/stop.h"
#include "core/run/backup.h"
#include "core/run/remote.h"

#define MISSING_DATABASE "3D000"
#define NAMED 5 /* of the backups that are another database's */

/* The live database, as far as it tells whose the backups are. */
struct live {
	struct database database; /* open, if it exists */
	bool exists, empty;
	struct lineage lineage;
	struct names heads;
};

MUST_CHECK static bool look(
    struct database *database, const struct config *config, struct live *live, struct error *err)
{
	if (!version_read(database->session, database->arena,
		config_string(config, SETTING_VERSION_TABLE_SCHEMA), &database->version, err)
	    || !backup_is_needless(database, &live->empty, err)
	    || !backup_lineage(database, &live->lineage, NULL, err))
		return false;
	live->exists = true;
	live->heads = database->version.heads;
	return true;
}

MUST_CHECK static bool see_live(struct arena *arena, const struct config *config,
    const struct conninfo *conninfo, struct live *live, struct error *err)
{
	*live = (struct live){.database = {.arena = arena, .conninfo = *conninfo}};
	if (!database_connect(conninfo, &live->database.session, err))
		return strcmp(err->sqlstate, MISSING_DATABASE) == 0;
	return look(&live->database, config, live, err);
}

/* All that there are, here and elsewhere, the newest first; those that are here have an archive. */
MUST_CHECK static bool list_all(struct arena *arena, const struct config *config,
    struct manifest **all, size_t *count, struct error *err)
{
	struct manifest *here, *there = NULL;
	size_t here_count, there_count = 0;

	if (!manifest_list(
		arena, config_string(config, SETTING_BACKUP_DIRECTORY), &here, &here_count, err)
	    || (remote_reads(config) && !remote_list(arena, config, &there, &there_count, err)))
		return false;
	*all = arena_array(arena, here_count + there_count + 1, sizeof(**all));
	memcpy(*all, here, here_count * sizeof(*here));
	for (size_t i = 0; i < there_count; i++)
		(*all)[here_count + i] = there[i];
	*count = here_count + there_count;
	manifest_sort(*all, *count);
	return true;
}

/* Of this name, and not the copy of the one before. */
static bool same_name(
    const struct conninfo *conninfo, const struct manifest *one, const struct manifest *before)
{
	return strcmp(one->database, conninfo->database) == 0
	       && (before == NULL || strcmp(before->id, one->id) != 0);
}

/* Nothing has this name: perhaps the database was renamed. */
static bool refuse_name(struct arena *arena, const struct conninfo *conninfo,
    const struct live *live, const struct manifest *all, size_t count, struct error *err)
{
	struct text detail = {.arena = arena};
	const struct manifest *first = NULL, *last = NULL;
	size_t named = 0;

	for (size_t i = 0; i < count && named < NAMED; i++) {
		if ((live->exists && !manifest_same_server(&all[i], &live->lineage.now))
		    || (last != NULL && strcmp(last->id, all[i].id) == 0))
			continue;
		first = first == NULL ? &all[i] : first;
		last = &all[i];
		text_printf(&detail, "%s%s, of database %s, of %.19s UTC", named++ > 0 ? "\n" : "",
		    all[i].id, all[i].database, all[i].created);
	}
	error_set(err, STATUS_BACKUP, "no backup of database %s found", conninfo->database);
	if (first == NULL)
		return error_hint(err, "See those that are there: migrate backup list");
	error_detail(err, "%s", text_string(&detail));
	return error_hint(err,
	    "If it had another name then, look at its backup, for example: migrate restore --to "
	    "looked_at %s",
	    first->id);
}

/* What is there under this name, and why it is not taken by itself. */
static bool refuse(struct arena *arena, const struct conninfo *conninfo, const struct live *live,
    const struct manifest *all, size_t count, struct error *err)
{
	struct text detail = {.arena = arena};
	const struct manifest *first = NULL, *last = NULL;
	size_t named = 0;

	for (size_t i = 0; i < count; i++) {
		if (!same_name(conninfo, &all[i], last))
			continue;
		first = first == NULL ? &all[i] : first;
		last = &all[i];
		if (named++ == NAMED)
			text_add(&detail, "\n…");
		if (named > NAMED)
			continue;
		text_printf(&detail, "%s%s, of %.19s UTC", named > 1 ? "\n" : "", all[i].id,
		    all[i].created);
		if (live->exists && !live->empty)
			text_printf(
			    &detail, ": %s", provenance_reason(arena, &live->lineage, &all[i]));
	}
	if (first == NULL)
		return refuse_name(arena, conninfo, live, all, count, err);
	if (live->exists && !live->empty)
		error_set(err, STATUS_BACKUP,
		    "no backup is known to be of this database, only of others named %s",
		    conninfo->database);
	else
		error_set(err, STATUS_BACKUP,
		    "database %s %s, so migrate cannot tell which backups belong to it",
		    conninfo->database, live->exists ? "is empty" : "does not exist");
	error_detail(err, "%s", text_string(&detail));
	return error_hint(err,
	    "Name the one that you want, for example: migrate restore --to %s %s",
	    live->exists ? "looked_at" : conninfo->database, first->id);
}

MUST_CHECK static bool newest(struct arena *arena, const struct config *config,
    const struct conninfo *conninfo, struct live *live, struct manifest *found, struct error *err)
{
	struct manifest *all;
	size_t count;

	if (!list_all(arena, config, &all, &count, err)) {
		err->status = stop_signal() == 0 ? STATUS_BACKUP : err->status;
		return false;
	}
	if (!live->exists || live->empty
	    || provenance_select(arena, &live->lineage, all, count) == 0)
		return refuse(arena, conninfo, live, all, count, err);
	*found = all[0];
	return backup_expect_newest(arena, config, found, err)
	       && (all[0].archive != NULL || remote_fetch(arena, config, all[0].id, found, err));
}

MUST_CHECK static bool named(struct arena *arena, const struct config *config, const char *id,
    struct manifest *found, struct error *err)
{
	return backup_find(arena, config, id, found, err)
	       || (remote_reads(config) && stop_signal() == 0
		   && remote_fetch(arena, config, id, found, err));
}

MUST_CHECK static bool choose(struct arena *arena, const struct config *config, const char *id,
    struct live *live, struct restore_choice *choice, struct error *err)
{
	struct restore_choice chosen = {.written = -1};

	if (!(id != NULL
		    ? named(arena, config, id, &chosen.manifest, err)
		    : newest(arena, config, &live->database.conninfo, live, &chosen.manifest, err)))
		return false;
	chosen.live = live->exists && !live->empty;
	if (chosen.live) {
		chosen.reason = provenance_reason(arena, &live->lineage, &chosen.manifest);
		chosen.heads = live->heads;
		if (!identity_since(
			arena, live->database.session, &chosen.manifest, &chosen.written, err))
			return false;
	}
	*choice = chosen;
	return true;
}

bool restore_choose(struct arena *arena, const struct config *config, const char *id,
    const struct conninfo *conninfo, struct restore_choice *choice, struct error *err)
{
	struct live live;
	bool chosen = see_live(arena, config, conninfo, &live, err)
		      && choose(arena, config, id, &live, choice, err);

	database_close(&live.database);
	return chosen;
}
