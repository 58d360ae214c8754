#include "core/run/remote_verify.h"

#include <string.h>

#include "core/backup/verify.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/run/remote_place.h"

#define HINT_SEND "Take and send another one: migrate backup"

/* pg_restore has to be as new as the pg_dump was. */
MUST_CHECK static bool read_archive(
    struct remote *remote, const struct manifest *manifest, const char *path, struct error *err)
{
	const char *setting = config_string(remote->config, SETTING_BACKUP_PG_RESTORE);
	struct tool tool;
	const struct pg_restore call = {
	    .arena = remote->arena,
	    .tool = &tool,
	    .archive = path,
	    .by = deadline_in(config_number(remote->config, SETTING_BACKUP_TIMEOUT)),
	};
	struct names rows;

	return verify_tool(
		   remote->arena, setting, NULL, manifest->tool_version, call.by, &tool, err)
	       && verify_read(&call, &rows, err);
}

MUST_CHECK static bool verify_one(
    struct remote *remote, const struct manifest *manifest, struct error *err)
{
	struct partial partial;
	bool done;

	if (!partial_open(remote->arena, remote_directory(remote->config), manifest->id,
		archive_format(manifest->format), &partial, err))
		return false;
	done = remote_get(remote, manifest, &partial, err)
	       && read_archive(remote, manifest, partial.path, err);
	partial_close(&partial);
	return done || (stop_signal() == 0 && error_prefix(err, "%s", manifest->id));
}

/* Those with the ids, or all. */
MUST_CHECK static bool choose(struct remote *remote, const struct names *ids,
    struct manifest **chosen, size_t *count, struct error *err)
{
	if (ids->count == 0)
		return remote_manifests(remote, chosen, count, err);
	*chosen = arena_array(remote->arena, ids->count, sizeof(**chosen));
	for (*count = 0; *count < ids->count; ++*count)
		if (!remote_find(remote, ids->items[*count], &(*chosen)[*count], err))
			return false;
	return true;
}

/* The newest backup here that says that it was sent; NULL: none does. */
static const char *last_sent(struct remote *remote)
{
	struct manifest *here;
	struct error ignored;
	size_t count;

	if (!manifest_list(
		remote->arena, remote_directory(remote->config), &here, &count, &ignored))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (here[i].uploaded != NULL)
			return here[i].id;
	return NULL;
}

/* What ought to be there and is not is as bad as what is broken. */
static bool is_missing(struct remote *remote, const struct manifest *all, size_t count)
{
	const char *id = last_sent(remote);

	for (size_t i = 0; i < count && id != NULL; i++)
		if (strcmp(all[i].id, id) == 0)
			return false;
	if (id != NULL)
		log_warn("backup: the copy of %s, the newest here that was sent, is gone from %s",
		    id, store_shown(remote->arena, &remote->store, NULL));
	return id != NULL;
}

static bool conclude(
    struct remote *remote, size_t count, size_t broken, bool missing, struct error *err)
{
	const char *place = store_shown(remote->arena, &remote->store, NULL);

	if (stop_asked(err))
		return false;
	if (count > 0 && broken == 0 && !missing)
		return true;
	if (broken > 0)
		error_set(err, STATUS_BACKUP, "%zu of %zu copies in %s cannot be trusted", broken,
		    count, place);
	else if (missing)
		error_set(err, STATUS_BACKUP, "the newest copy is no longer in %s", place);
	else
		error_set(err, STATUS_BACKUP, "there are no copies in %s", place);
	return error_hint(err, HINT_SEND);
}

MUST_CHECK static bool verify_all(struct remote *remote, const struct names *ids,
    void (*tell)(const struct remote_verified *verified), struct error *err)
{
	struct manifest *all;
	size_t count, broken = 0;

	if (!choose(remote, ids, &all, &count, err))
		return remote_fail(err, "cannot verify the copies");
	for (size_t i = 0; i < count && stop_signal() == 0; i++) {
		const struct remote_verified verified = {
		    .place = store_shown(
			remote->arena, &remote->store, manifest_archive(remote->arena, &all[i])),
		    .level = VERIFY_READ,
		    .size = all[i].size,
		};
		struct error why = {0};

		if (verify_one(remote, &all[i], &why)) {
			tell(&verified);
		} else if (stop_signal() == 0) {
			log_failure(&why);
			broken++;
		}
	}
	return conclude(
	    remote, count, broken, ids->count == 0 && is_missing(remote, all, count), err);
}

bool remote_verify(struct arena *arena, const struct config *config, const struct names *ids,
    void (*tell)(const struct remote_verified *verified), struct error *err)
{
	struct remote remote;
	bool done;

	if (!remote_reads(config)) {
		error_set(err, STATUS_CONFIG, "%s",
		    remote_is_set(config) ? "copies in a chat cannot be read back"
					  : "[backup] upload is not set");
		return error_hint(err, "Set [backup] upload to s3://…, https://… or file:///….");
	}
	if (!remote_open(arena, config, &remote, err))
		return remote_fail(err, "cannot verify the copies");
	done = verify_all(&remote, ids, tell, err);
	remote_close(&remote);
	return done;
}
