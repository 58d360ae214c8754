#include "core/run/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/backup/partial.h"
#include "core/backup/verify.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/process.h"
#include "core/base/progress.h"
#include "core/base/stop.h"
#include "core/net/store.h"

#define MANIFEST ".json"
#define ENCRYPTED ".enc"

/* An open place, and how far the work in it is. */
struct remote {
	struct arena *arena;
	const struct config *config;
	struct store store;
	struct progress progress;
	int64_t shown;
	long long before; /* bytes of the files that are done */
};

static const char *directory_of(const struct config *config)
{
	return config_string(config, SETTING_BACKUP_DIRECTORY);
}

bool remote_is_set(const struct config *config)
{
	return config_string(config, SETTING_BACKUP_UPLOAD) != NULL;
}

bool remote_reads(const struct config *config)
{
	return remote_is_set(config)
	       && !text_starts(config_string(config, SETTING_BACKUP_UPLOAD), "telegram:");
}

MUST_CHECK static bool open_remote(
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

	*remote = (struct remote){.arena = arena, .config = config};
	return store_open(arena, &settings, &remote->store, err);
}

/* Every failure is the backup's, but for a stop and a wrong setting. */
static bool fail(struct error *err, const char *what)
{
	if (stop_signal() != 0)
		return false;
	if (err->status != STATUS_CONFIG)
		err->status = STATUS_BACKUP;
	return error_prefix(err, "%s", what);
}

static void look(void *context, long long done)
{
	struct remote *remote = context;

	if (clock_ms() - remote->shown < PROGRESS_EVERY)
		return;
	remote->shown = clock_ms();
	progress_show(&remote->progress, remote->before + done);
}

/* A file without a name, on the volume of the backups: it goes with the process. */
MUST_CHECK static bool open_scratch(struct remote *remote, int *fd, struct error *err)
{
	char *path
	    = arena_printf(remote->arena, "%s/.scratch-XXXXXX", directory_of(remote->config));

	if (!file_make_directories(directory_of(remote->config), err))
		return false;
	*fd = mkostemp(path, O_CLOEXEC);
	if (*fd < 0)
		return error_errno(
		    err, STATUS_BACKUP, "can't create a file in %s", directory_of(remote->config));
	unlink(path);
	return true;
}

/* Runs a command of the user's from the beginning of one file into another. */
MUST_CHECK static bool pipe_through(
    struct remote *remote, enum setting_id setting, int from, int to, struct error *err)
{
	const char *command = config_string(remote->config, setting);
	const char *const argv[] = {"sh", "-c", command, NULL};
	const struct process process = {
	    .argv = argv,
	    .by = remote->store.settings.by,
	    .in = from,
	    .out = to,
	};

	if (command == NULL) {
		error_set(
		    err, STATUS_CONFIG, "the copy is encrypted, and [backup] decrypt is not set");
		return error_hint(err, "Set it to the command that undoes [backup] encrypt.");
	}
	if (lseek(from, 0, SEEK_SET) != 0 || ftruncate(to, 0) != 0 || lseek(to, 0, SEEK_SET) != 0)
		return error_errno(err, STATUS_BACKUP, "can't read a copy");
	return process_run(remote->arena, &process, NULL, err)
	       || (stop_signal() == 0
		   && error_prefix(err, "[backup] %s", config_settings[setting].key));
}

/* Hash and size of an open file. */
MUST_CHECK static bool measure(
    struct remote *remote, int fd, char sha256[HASH_HEX_SIZE], long long *size, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_errno(err, STATUS_BACKUP, "can't read a copy");
	*size = st.st_size;
	return hash_file(arena_printf(remote->arena, "/proc/self/fd/%d", fd), sha256, err);
}

MUST_CHECK static bool put(struct remote *remote, struct store_file *file, struct error *err)
{
	file->look = look;
	file->context = remote;
	return store_put(&remote->store, file, err);
}

MUST_CHECK static bool put_encrypted(
    struct remote *remote, struct store_file *file, struct error *err)
{
	struct store_file cipher = *file;
	char sha256[HASH_HEX_SIZE];
	bool done;

	if (!open_scratch(remote, &cipher.fd, err))
		return false;
	cipher.name = arena_printf(remote->arena, "%s" ENCRYPTED, file->name);
	cipher.sha256 = sha256;
	done = pipe_through(remote, SETTING_BACKUP_ENCRYPT, file->fd, cipher.fd, err)
	       && measure(remote, cipher.fd, sha256, &cipher.size, err)
	       && put(remote, &cipher, err);
	close(cipher.fd);
	return done;
}

/* Sends one file of [backup] directory. */
MUST_CHECK static bool send_file(
    struct remote *remote, struct store_file *file, bool encrypt, struct error *err)
{
	const char *path = file_join(remote->arena, directory_of(remote->config), file->name);
	bool done;

	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0)
		return error_errno(err, STATUS_BACKUP, "can't open '%s'", path);
	done = (encrypt ? put_encrypted : put)(remote, file, err);
	close(file->fd);
	remote->before += file->size;
	return done;
}

/* The i-th file of a backup, to be sent or named; false behind the last. */
static bool file_at(
    struct arena *arena, const struct manifest *manifest, size_t i, struct store_file *file)
{
	struct manifest_file one;

	if (!manifest_file(arena, manifest, i, &one))
		return false;
	*file = (struct store_file){.name = one.name, .size = one.size, .sha256 = one.sha256};
	return true;
}

static const char *caption(struct arena *arena, const struct manifest *manifest)
{
	return arena_printf(arena, "%s, %s, as of %.19s UTC, %s", manifest->database,
	    manifest->heads.count > 0 ? names_join(arena, &manifest->heads, ", ") : "<base>",
	    manifest->created, text_size(arena, manifest->size));
}

MUST_CHECK static bool send_manifest(
    struct remote *remote, const struct manifest *manifest, struct error *err)
{
	const char *text = manifest_write(remote->arena, manifest);
	const char *name = manifest_archive(remote->arena, manifest);
	struct store_file file = {.name = arena_printf(remote->arena, "%s" MANIFEST, name)};
	char sha256[HASH_HEX_SIZE];
	struct hash *hash = hash_new();

	hash_add(hash, text, strlen(text));
	hash_end(hash, sha256);
	file.sha256 = sha256;
	file.size = (long long)strlen(text);
	return send_file(remote, &file, false, err);
}

MUST_CHECK static bool send_all(
    struct remote *remote, const struct manifest *manifest, struct error *err)
{
	bool encrypt = config_string(remote->config, SETTING_BACKUP_ENCRYPT) != NULL;
	struct store_file file;
	bool sent = true;

	progress_start(&remote->progress, "backup: upload", manifest->size);
	for (size_t i = 0; sent && file_at(remote->arena, manifest, i, &file); i++) {
		file.caption = caption(remote->arena, manifest);
		sent = send_file(remote, &file, encrypt, err);
	}
	sent = sent && send_manifest(remote, manifest, err);
	progress_end();
	return sent;
}

MUST_CHECK static bool takes(const struct remote *remote, const char *format, struct error *err)
{
	if (store_reads(&remote->store) || !archive_format(format)->directory)
		return true;
	error_set(err, STATUS_CONFIG, "a directory can't be sent to a chat");
	return error_hint(err, "Set [backup] format = custom.");
}

bool remote_check(struct arena *arena, const struct config *config, struct error *err)
{
	struct remote remote = {.store = {.http = NULL}};
	bool good;

	if (!remote_is_set(config) || !config_bool(config, SETTING_BACKUP_UPLOAD_REQUIRED))
		return true;
	good = open_remote(arena, config, &remote, err)
	       && takes(&remote, config_string(config, SETTING_BACKUP_FORMAT), err);
	store_close(&remote.store);
	if (good || (err->status != STATUS_CONFIG && stop_signal() == 0))
		return true;
	return fail(err, "upload failed");
}

MUST_CHECK static bool upload(struct remote *remote, struct manifest *manifest, struct error *err)
{
	int64_t began = clock_ms();
	struct manifest sent = *manifest;

	if (!takes(remote, manifest->format, err) || !send_all(remote, manifest, err))
		return false;
	sent.uploaded = clock_stamp(remote->arena);
	log_done("backup: uploaded %s in %s", text_size(remote->arena, manifest->size),
	    text_duration(remote->arena, (long)(clock_ms() - began)));
	*manifest = sent;
	return manifest_replace(remote->arena, manifest, err);
}

bool remote_upload(
    struct arena *arena, const struct config *config, struct manifest *manifest, struct error *err)
{
	struct remote remote = {.store = {.http = NULL}};
	bool done;

	if (!remote_is_set(config) || manifest->uploaded != NULL)
		return true;
	done = open_remote(arena, config, &remote, err) && upload(&remote, manifest, err);
	store_close(&remote.store);
	if (done)
		return true;
	if (stop_signal() != 0 || config_bool(config, SETTING_BACKUP_UPLOAD_REQUIRED))
		return fail(err, "upload failed");
	log_warn("backup: upload failed: %s", err->message);
	return true;
}

/* A small file of the store as text; NULL: it is not there. */
MUST_CHECK static bool get_text(
    struct remote *remote, const char *name, const char **text, struct error *err)
{
	char *data;
	bool found, done;
	int fd;

	*text = NULL;
	if (!open_scratch(remote, &fd, err))
		return false;
	done = store_get(&remote->store, name, fd, &found, err)
	       && (!found
		   || file_read(remote->arena, arena_printf(remote->arena, "/proc/self/fd/%d", fd),
		       &data, NULL, err));
	close(fd);
	if (done && found)
		*text = data;
	return done;
}

MUST_CHECK static bool list(
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
		const char *text;
		struct error why = {0};

		if (!text_ends(names.items[i], MANIFEST))
			continue;
		if (!get_text(remote, names.items[i], &text, err))
			return false;
		if (text == NULL)
			continue;
		if (manifest_parse(arena, text, &found[*count], &why))
			(*count)++;
		else
			log_warn("backup: %s there left out: %s", names.items[i], why.message);
	}
	manifest_sort(found, *count);
	*manifests = found;
	return true;
}

bool remote_list(struct arena *arena, const struct config *config, struct manifest **manifests,
    size_t *count, struct error *err)
{
	struct remote remote;
	bool done;

	if (!open_remote(arena, config, &remote, err))
		return fail(err, "can't list the copies");
	done = list(&remote, manifests, count, err);
	store_close(&remote.store);
	return done || fail(err, "can't list the copies");
}

MUST_CHECK static bool get_decrypted(
    struct remote *remote, const char *name, int fd, bool *found, struct error *err)
{
	int cipher;
	bool done;

	if (!open_scratch(remote, &cipher, err))
		return false;
	done = store_get(&remote->store, arena_printf(remote->arena, "%s" ENCRYPTED, name), cipher,
		   found, err)
	       && (!*found || pipe_through(remote, SETTING_BACKUP_DECRYPT, cipher, fd, err));
	close(cipher);
	return done;
}

/* Into a file at `path`, which is there or is made. */
MUST_CHECK static bool get_file(
    struct remote *remote, const char *name, const char *path, struct error *err)
{
	bool found = false, done;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_errno(err, STATUS_BACKUP, "can't create '%s'", path);
	done = store_get(&remote->store, name, fd, &found, err)
	       && (found || get_decrypted(remote, name, fd, &found, err));
	close(fd);
	return done && (found || error_set(err, STATUS_BACKUP, "%s is not there", name));
}

/* All files, where the archive is being made. */
MUST_CHECK static bool get_files(struct remote *remote, const struct manifest *manifest,
    const struct partial *partial, struct error *err)
{
	struct store_file file;

	for (size_t i = 0; file_at(remote->arena, manifest, i, &file); i++) {
		const char *slash = strchr(file.name, '/');
		const char *path = slash != NULL
				       ? file_join(remote->arena, partial->path, slash + 1)
				       : partial->path;

		if (!get_file(remote, file.name, path, err))
			return false;
	}
	return true;
}

MUST_CHECK static bool fetch(struct remote *remote, struct manifest *manifest, struct error *err)
{
	struct arena *arena = remote->arena;
	struct manifest there = *manifest;
	struct partial partial;
	bool done;

	if (!partial_open(arena, directory_of(remote->config), manifest->id,
		archive_format(manifest->format), &partial, err))
		return false;
	there.archive = partial.path;
	log_info("backup: fetching %s, %s", manifest->id, text_size(arena, manifest->size));
	done = strcmp(partial.id, manifest->id) == 0
	       || error_set(
		   err, STATUS_BACKUP, "there is an archive called %s already", manifest->id);
	done = done && get_files(remote, manifest, &partial, err) && verify_sum(arena, &there, err)
	       && archive_sync(partial.path, err)
	       && partial_publish(&partial, manifest_write(arena, manifest), err);
	partial_close(&partial);
	manifest->archive = partial.target;
	return done;
}

/* The manifest of that id, whatever its format. */
MUST_CHECK static bool find(
    struct remote *remote, const char *id, struct manifest *manifest, struct error *err)
{
	static const char *const suffixes[] = {".dump", ".dir"};

	for (size_t i = 0; i < COUNT(suffixes); i++) {
		const char *name = arena_printf(remote->arena, "%s%s" MANIFEST, id, suffixes[i]);
		const char *text;

		if (!get_text(remote, name, &text, err))
			return false;
		if (text != NULL)
			return manifest_parse(remote->arena, text, manifest, err);
	}
	return error_set(err, STATUS_BACKUP, "there is no copy of %s", id);
}

bool remote_fetch(struct arena *arena, const struct config *config, const char *id,
    struct manifest *manifest, struct error *err)
{
	struct remote remote;
	bool done;

	if (!open_remote(arena, config, &remote, err))
		return fail(err, "can't fetch the copy");
	done = find(&remote, id, manifest, err) && fetch(&remote, manifest, err);
	store_close(&remote.store);
	return done || fail(err, "can't fetch the copy");
}

/* The manifest goes last: what is left of a removal that was cut short is found again. */
MUST_CHECK static bool drop(
    struct remote *remote, const struct manifest *manifest, struct error *err)
{
	struct store_file file;

	for (size_t i = 0; file_at(remote->arena, manifest, i, &file); i++)
		if (!store_remove(&remote->store, file.name, err)
		    || !store_remove(&remote->store,
			arena_printf(remote->arena, "%s" ENCRYPTED, file.name), err))
			return false;
	return store_remove(&remote->store,
	    arena_printf(remote->arena, "%s" MANIFEST, manifest_archive(remote->arena, manifest)),
	    err);
}

MUST_CHECK static bool prune(struct remote *remote, const struct retention_of *of,
    const struct retention *retention, struct error *err)
{
	struct manifest *all;
	size_t count, pruned;

	if (!list(remote, &all, &count, err))
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
	done = open_remote(arena, config, &remote, &err) && prune(&remote, of, retention, &err);
	store_close(&remote.store);
	if (!done && stop_signal() == 0)
		log_warn("backup: the copies are not pruned: %s", err.message);
}
