#include "core/run/remote.h"

#include <string.h>

#include "core/backup/archive.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/run/remote_place.h"

bool remote_is_set(const struct config *config)
{
	return config_string(config, SETTING_BACKUP_UPLOAD) != NULL;
}

bool remote_reads(const struct config *config)
{
	return remote_is_set(config)
	       && !text_starts(config_string(config, SETTING_BACKUP_UPLOAD), "telegram:");
}

bool remote_list(struct arena *arena, const struct config *config, struct manifest **manifests,
    size_t *count, struct error *err)
{
	struct remote remote;
	bool done;

	if (!remote_open(arena, config, &remote, err))
		return remote_fail(err, "cannot list the copies");
	done = remote_manifests(&remote, manifests, count, err);
	remote_close(&remote);
	return done || remote_fail(err, "cannot list the copies");
}

MUST_CHECK static bool fetch(struct remote *remote, struct manifest *manifest, struct error *err)
{
	struct arena *arena = remote->arena;
	struct partial partial;
	bool done;

	if (!partial_open(arena, remote_directory(remote->config), manifest->id,
		archive_format(manifest->format), &partial, err))
		return false;
	log_info("backup: fetching %s, %s", manifest->id, text_size(arena, manifest->size));
	done = strcmp(partial.id, manifest->id) == 0
	       || error_set(
		   err, STATUS_BACKUP, "there is an archive called %s already", manifest->id);
	done = done && remote_get(remote, manifest, &partial, err)
	       && archive_sync(partial.path, err)
	       && partial_publish(&partial, manifest_write(arena, manifest), err);
	partial_close(&partial);
	manifest->archive = partial.target;
	return done;
}

bool remote_fetch(struct arena *arena, const struct config *config, const char *id,
    struct manifest *manifest, struct error *err)
{
	struct remote remote;
	bool done;

	if (!remote_open(arena, config, &remote, err))
		return remote_fail(err, "cannot fetch the copy");
	done = remote_find(&remote, id, manifest, err) && fetch(&remote, manifest, err);
	remote_close(&remote);
	return done || remote_fail(err, "cannot fetch the copy");
}

/* The manifest goes last: what is left of a removal that was cut short is found again. */
MUST_CHECK static bool drop(
    struct remote *remote, const struct manifest *manifest, struct error *err)
{
	struct store_file file;

	for (size_t i = 0; remote_file(remote->arena, manifest, i, &file); i++)
		if (!store_remove(&remote->store, file.name, err)
		    || !store_remove(&remote->store,
			arena_printf(remote->arena, "%s" REMOTE_ENCRYPTED, file.name), err))
			return false;
	return store_remove(&remote->store,
	    arena_printf(
		remote->arena, "%s" REMOTE_MANIFEST, manifest_archive(remote->arena, manifest)),
	    err);
}

MUST_CHECK static bool prune(struct remote *remote, const struct retention_of *of,
    const struct retention *retention, struct error *err)
{
	struct manifest *all;
	size_t count, pruned;

	if (!remote_manifests(remote, &all, &count, err))
		return false;
	all = retention_pruned(remote->arena, all, count, of, retention, &pruned);
	for (size_t i = 0; i < pruned; i++) {
		if (!drop(remote, &all[i], err))
			return false;
		log_info("backup: pruned the copy of %s", all[i].id);
	}
	return true;
}

void remote_prune(struct arena *arena, const struct config *config, const struct retention_of *of,
    const struct retention *retention)
{
	struct remote remote;
	struct error err = {0};
	bool done;

	if (!remote_reads(config))
		return;
	done = remote_open(arena, config, &remote, &err) && prune(&remote, of, retention, &err);
	remote_close(&remote);
	if (!done && stop_signal() == 0)
		log_warn("backup: the copies are not pruned: %s", err.message);
}
