#include "core/run/remote_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/backup/verify.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/stop.h"

const char *remote_directory(const struct config *config)
{
	return config_string(config, SETTING_BACKUP_DIRECTORY);
}

/* A copy beside the original is none. */
MUST_CHECK static bool expect_elsewhere(
    const struct config *config, const char *url, struct error *err)
{
	struct stat here, there;

	if (!text_starts(url, "file://") || stat(url + strlen("file://"), &there) != 0
	    || stat(remote_directory(config), &here) != 0 || here.st_dev != there.st_dev
	    || here.st_ino != there.st_ino)
		return true;
	error_set(err, STATUS_CONFIG, "[backup] upload is [backup] directory itself");
	return error_hint(err, "Set it to another place, on another disk: file:///mnt/backups.");
}

bool remote_open(
    struct arena *arena, const struct config *config, struct remote *remote, struct error *err)
{
	const struct store_settings settings = {
	    .url = config_string(config, SETTING_BACKUP_UPLOAD),
	    .by = deadline_in(config_number(config, SETTING_BACKUP_UPLOAD_TIMEOUT)),
	    .stall = config_number(config, SETTING_BACKUP_UPLOAD_STALL),
	    .telegram_token = config_string(config, SETTING_TELEGRAM_TOKEN),
	    .telegram_api = config_string(config, SETTING_TELEGRAM_API),
	    .telegram_size = config_number(config, SETTING_TELEGRAM_SIZE),
	    .telegram_split = config_bool(config, SETTING_TELEGRAM_SPLIT),
	};

	*remote = (struct remote){
	    .arena = arena,
	    .config = config,
	    .crypt = {.arena = arena, .config = config, .by = settings.by},
	};
	return expect_elsewhere(config, settings.url, err)
	       && store_open(arena, &settings, &remote->store, err);
}

void remote_close(struct remote *remote)
{
	store_close(&remote->store);
}

bool remote_fail(struct error *err, const char *what)
{
	if (stop_signal() != 0)
		return false;
	if (err->status != STATUS_CONFIG)
		err->status = STATUS_BACKUP;
	return error_prefix(err, "%s", what);
}

bool remote_scratch(struct remote *remote, int *fd, struct error *err)
{
	char *path
	    = arena_printf(remote->arena, "%s/.scratch-XXXXXX", remote_directory(remote->config));

	if (!file_make_directories(remote_directory(remote->config), err))
		return false;
	*fd = mkostemp(path, O_CLOEXEC);
	if (*fd < 0)
		return error_errno(err, STATUS_BACKUP, "cannot create a file in %s",
		    remote_directory(remote->config));
	unlink(path);
	return true;
}

bool remote_measure(
    struct remote *remote, int fd, char sha256[HASH_HEX_SIZE], long long *size, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_errno(err, STATUS_BACKUP, "cannot read a copy");
	*size = st.st_size;
	return hash_file(arena_printf(remote->arena, "/proc/self/fd/%d", fd), sha256, err);
}

bool remote_file(
    struct arena *arena, const struct manifest *manifest, size_t i, struct store_file *file)
{
	struct manifest_file one;

	if (!manifest_file(arena, manifest, i, &one))
		return false;
	*file = (struct store_file){.name = one.name, .size = one.size, .sha256 = one.sha256};
	return true;
}

/* A small file of the store as text; NULL: it is not there. */
MUST_CHECK static bool get_text(
    struct remote *remote, const char *name, const char **text, struct error *err)
{
	struct store_fetch fetch = {.name = name, .most = REMOTE_MANIFEST_MOST};
	char *data;
	size_t length;
	bool done;

	*text = NULL;
	if (!remote_scratch(remote, &fetch.fd, err))
		return false;
	done = store_get(&remote->store, &fetch, err)
	       && (!fetch.found
		   || file_read(remote->arena,
		       arena_printf(remote->arena, "/proc/self/fd/%d", fetch.fd), &data, &length,
		       err));
	close(fetch.fd);
	if (done && fetch.found)
		*text = strlen(data) == length ? data : "";
	return done;
}

/* Is it the manifest of the archive that has this name? Otherwise a backup would be there twice,
 * and be another one than was asked for. */
MUST_CHECK static bool parse(struct remote *remote, const char *name, const char *text,
    struct manifest *manifest, struct error *err)
{
	const char *archive;

	if (!manifest_parse(remote->arena, text, manifest, err))
		return error_prefix(err, "%s there", name);
	archive = manifest_archive(remote->arena, manifest);
	return strcmp(arena_printf(remote->arena, "%s" REMOTE_MANIFEST, archive), name) == 0
	       || error_set(err, STATUS_BACKUP, "%s there is the manifest of %s", name, archive);
}

bool remote_manifests(
    struct remote *remote, struct manifest **manifests, size_t *count, struct error *err)
{
	struct arena *arena = remote->arena;
	struct names names;
	struct manifest *found;

	*count = 0;
	if (!store_list(&remote->store, &names, err))
		return false;
	found = arena_array(arena, names.count + 1, sizeof(*found));
	for (size_t i = 0; i < names.count; i++) {
		const char *text = NULL;
		struct error why = {0};

		if (!text_ends(names.items[i], REMOTE_MANIFEST))
			continue;
		if (get_text(remote, names.items[i], &text, &why)
		    && (text == NULL || parse(remote, names.items[i], text, &found[*count], &why)))
			*count += text != NULL;
		else if (stop_asked(err))
			return false;
		else
			log_warn("backup: %s left out: %s", names.items[i], why.message);
	}
	manifest_sort(found, *count);
	*manifests = found;
	return true;
}

bool remote_find(
    struct remote *remote, const char *id, struct manifest *manifest, struct error *err)
{
	static const char *const suffixes[] = {".dump", ".dir"};

	for (size_t i = 0; i < COUNT(suffixes); i++) {
		const char *name
		    = arena_printf(remote->arena, "%s%s" REMOTE_MANIFEST, id, suffixes[i]);
		const char *text;

		if (!get_text(remote, name, &text, err))
			return false;
		if (text != NULL)
			return parse(remote, name, text, manifest, err);
	}
	return error_set(err, STATUS_BACKUP, "no copy of %s found", id);
}

/* What is encrypted is larger, by half where it is written in letters. */
MUST_CHECK static bool get_decrypted(
    struct remote *remote, const struct store_file *file, bool *found, struct error *err)
{
	struct store_fetch fetch = {
	    .name = arena_printf(remote->arena, "%s" REMOTE_ENCRYPTED, file->name),
	    .most = 2 * file->size + REMOTE_MANIFEST_MOST,
	};
	bool done;

	if (!remote_scratch(remote, &fetch.fd, err))
		return false;
	done = store_get(&remote->store, &fetch, err)
	       && (!fetch.found || crypt_decrypt(&remote->crypt, fetch.fd, file, err));
	close(fetch.fd);
	*found = fetch.found;
	return done;
}

/* Into a file at `path`, which is there or is made. */
MUST_CHECK static bool get_file(
    struct remote *remote, struct store_file *file, const char *path, struct error *err)
{
	struct store_fetch fetch = {.name = file->name, .most = file->size};
	bool done;

	file->fd = fetch.fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fetch.fd < 0)
		return error_errno(err, STATUS_BACKUP, "cannot create '%s'", path);
	done = store_get(&remote->store, &fetch, err)
	       && (fetch.found || get_decrypted(remote, file, &fetch.found, err));
	close(fetch.fd);
	return done
	       && (fetch.found
		   || error_set(err, STATUS_BACKUP, "backup copy %s not found",
		       store_shown(remote->arena, &remote->store, file->name)));
}

bool remote_get(struct remote *remote, const struct manifest *manifest,
    const struct partial *partial, struct error *err)
{
	struct manifest there = *manifest;
	struct store_file file;

	for (size_t i = 0; remote_file(remote->arena, manifest, i, &file); i++) {
		const char *slash = strchr(file.name, '/');
		const char *path = slash != NULL
				       ? file_join(remote->arena, partial->path, slash + 1)
				       : partial->path;

		if (!get_file(remote, &file, path, err))
			return false;
	}
	there.archive = partial->path;
	return verify_sum(remote->arena, &there, err);
}
