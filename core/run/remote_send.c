#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clean.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/run/remote_place.h"

static void look(void *context, long long done)
{
	struct remote *remote = context;

	if (clock_ms() - remote->shown < PROGRESS_EVERY)
		return;
	remote->shown = clock_ms();
	progress_show(&remote->progress, remote->before + done);
}

MUST_CHECK static bool put(struct remote *remote, struct store_file *file, struct error *err)
{
	file->look = look;
	file->context = remote;
	return store_put(&remote->store, file, err);
}

MUST_CHECK static bool encrypt_file(
    struct remote *remote, const struct store_file *file, int to, struct error *err)
{
	int scratch;
	bool done;

	if (!remote_scratch(remote, &scratch, err))
		return false;
	done = crypt_encrypt(&remote->crypt, file, to, scratch, err);
	close(scratch);
	return done;
}

MUST_CHECK static bool put_encrypted(
    struct remote *remote, struct store_file *file, struct error *err)
{
	struct store_file cipher = *file;
	char sha256[HASH_HEX_SIZE];
	bool done;

	if (!remote_scratch(remote, &cipher.fd, err))
		return false;
	cipher.name = arena_printf(remote->arena, "%s" REMOTE_ENCRYPTED, file->name);
	cipher.sha256 = sha256;
	done = encrypt_file(remote, file, cipher.fd, err)
	       && remote_measure(remote, cipher.fd, sha256, &cipher.size, err)
	       && put(remote, &cipher, err);
	close(cipher.fd);
	return done;
}

/* Sends one file of [backup] directory. */
MUST_CHECK static bool send_file(
    struct remote *remote, struct store_file *file, bool encrypt, struct error *err)
{
	const char *path = file_join(remote->arena, remote_directory(remote->config), file->name);
	bool done;

	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0)
		return error_errno(err, STATUS_BACKUP, "cannot open '%s'", path);
	done = (encrypt ? put_encrypted : put)(remote, file, err);
	close(file->fd);
	remote->before += file->size;
	return done;
}

static const char *caption_of(struct arena *arena, const struct manifest *manifest)
{
	const char *caption = arena_printf(arena, "%s, %s, as of %.19s UTC, %s", manifest->database,
	    manifest->heads.count > 0 ? names_join(arena, &manifest->heads, ", ") : "<base>",
	    manifest->created, text_size(arena, manifest->size));

	return clean(arena, caption, " ");
}

MUST_CHECK static bool send_manifest(
    struct remote *remote, const struct manifest *manifest, struct error *err)
{
	const char *text = manifest_write(remote->arena, manifest);
	const char *name = manifest_archive(remote->arena, manifest);
	struct store_file file = {.name = arena_printf(remote->arena, "%s" REMOTE_MANIFEST, name)};
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
	bool encrypt = crypt_is_set(remote->config);
	struct store_file file;
	bool sent = true;

	progress_start(&remote->progress, "backup: upload", manifest->size);
	for (size_t i = 0; sent && remote_file(remote->arena, manifest, i, &file); i++) {
		file.caption = caption_of(remote->arena, manifest);
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
	error_set(err, STATUS_CONFIG, "a backup in directory format cannot be sent to a chat");
	return error_hint(err, "Set [backup] format = custom.");
}

bool remote_check(struct arena *arena, const struct config *config, struct error *err)
{
	struct remote remote = {.store = {.http = NULL}};
	bool good;

	if (!remote_is_set(config) || !config_bool(config, SETTING_BACKUP_UPLOAD_REQUIRED))
		return true;
	good = remote_open(arena, config, &remote, err)
	       && takes(&remote, config_string(config, SETTING_BACKUP_FORMAT), err);
	remote_close(&remote);
	if (good || (err->status != STATUS_CONFIG && stop_signal() == 0))
		return true;
	return remote_fail(err, "upload failed");
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

/* Who reads this has to decide whether to go on without the copy. */
static void explain(const struct manifest *manifest, struct error *err)
{
	error_detail(err,
	    "%s%s%s is complete, and nothing was applied; with [backup] upload_required a boot "
	    "without the copy ends here",
	    err->detail, err->detail[0] != '\0' ? "\n" : "", manifest->archive);
	if (err->hint[0] == '\0')
		error_hint(err, "Fix that and run again, or continue without the copy: "
				"MIGRATE_BACKUP_UPLOAD_REQUIRED=off");
}

bool remote_upload(
    struct arena *arena, const struct config *config, struct manifest *manifest, struct error *err)
{
	struct remote remote = {.store = {.http = NULL}};
	bool done;

	if (!remote_is_set(config) || manifest->uploaded != NULL)
		return true;
	done = remote_open(arena, config, &remote, err) && upload(&remote, manifest, err);
	remote_close(&remote);
	if (done)
		return true;
	if (stop_signal() != 0)
		return false;
	if (!config_bool(config, SETTING_BACKUP_UPLOAD_REQUIRED)) {
		log_warn("backup: upload failed: %s%s%s", err->message,
		    err->detail[0] != '\0' ? ": " : "", err->detail);
		return true;
	}
	explain(manifest, err);
	return remote_fail(err, "upload failed");
}
