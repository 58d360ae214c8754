#include "core/run/crypt.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/command_mask.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/base/process.h"
#include "core/base/program.h"
#include "core/base/stop.h"

#define PIPE_HINT                                                                                  \
	"Set [backup] decrypt as well, so that every copy is checked before it is sent, and "      \
	"check that each command of a pipe in [backup] encrypt works: migrate help --man "         \
	"migrate.ini.5"
#define BEGINNING 16 /* bytes: an archive's, pg_dump's format and its version */
#define COMPRESSED_MOST 1000 /* times smaller; no archive becomes that by itself */

/* Shells that may have pipefail, and how to ask for it; dash has it from 0.5.13 on. */
static const struct shell {
	const char *program;
	const char *const words[4]; /* in front of the command; end in NULL */
} shells[] = {
    {"sh", {"-o", "pipefail", "-c", NULL}},
    {"bash", {"--posix", "-o", "pipefail", "-c"}},
    {"ash", {"-o", "pipefail", "-c", NULL}},
};

bool crypt_is_set(const struct config *config)
{
	return config_string(config, SETTING_BACKUP_ENCRYPT) != NULL;
}

static const char *const *command_line(
    struct arena *arena, const struct shell *shell, const char *command)
{
	struct names words = {0};

	names_add(arena, &words, shell->program);
	for (size_t i = 0; i < COUNT(shell->words) && shell->words[i] != NULL; i++)
		names_add(arena, &words, shell->words[i]);
	names_add(arena, &words, command);
	names_add(arena, &words, NULL);
	return words.items;
}

static bool has_pipefail(const struct crypt *crypt, const struct shell *shell)
{
	const struct process process = {
	    .argv = command_line(crypt->arena, shell, ":"),
	    .by = crypt->by,
	    .quiet = true,
	};
	struct error ignored;

	return program_find(crypt->arena, shell->program) != NULL
	       && process_run(crypt->arena, &process, NULL, &ignored);
}

/* Without a pipe any shell does. */
static const char *const *choose_shell(const struct crypt *crypt, const char *command)
{
	static const struct shell plain = {"sh", {"-c", NULL}};

	if (strchr(command, '|') == NULL)
		return command_line(crypt->arena, &plain, command);
	for (size_t i = 0; i < COUNT(shells); i++)
		if (has_pipefail(crypt, &shells[i]))
			return command_line(crypt->arena, &shells[i], command);
	log_warn("backup: no shell here supports pipefail: a failure before the last command of a "
		 "pipe goes unnoticed");
	return command_line(crypt->arena, &plain, command);
}

MUST_CHECK static bool rewind_both(int from, int to, struct error *err)
{
	if (lseek(from, 0, SEEK_SET) == 0
	    && (to < 0 || (ftruncate(to, 0) == 0 && lseek(to, 0, SEEK_SET) == 0)))
		return true;
	return error_errno(err, STATUS_BACKUP, "cannot read a copy");
}

/* A shell may quote the command that it did not understand. */
static bool fail(
    const struct crypt *crypt, enum setting_id setting, const char *command, struct error *err)
{
	if (stop_signal() != 0)
		return false;
	error_detail(err, "%s", command_scrub(crypt->arena, command, err->detail));
	return error_prefix(err, "[backup] %s", config_settings[setting].key);
}

/* What a command gave, and is expected to. */
struct taking {
	struct hash *hash;
	int fd; /* -1: it is only hashed */
	long long size, most;
	bool failed_to_write;
};

static bool take(void *context, const char *data, size_t length)
{
	struct taking *taking = context;

	taking->size += (long long)length;
	if (taking->size > taking->most)
		return false;
	hash_add(taking->hash, data, length);
	taking->failed_to_write = taking->fd >= 0 && !file_write(taking->fd, data, length);
	return !taking->failed_to_write;
}

MUST_CHECK static bool run_decrypt(
    const struct crypt *crypt, int from, struct taking *taking, struct error *err)
{
	const char *command = config_string(crypt->config, SETTING_BACKUP_DECRYPT);
	struct process process = {.by = crypt->by, .in = from, .take = take, .context = taking};

	if (!rewind_both(from, taking->fd, err))
		return false;
	process.argv = choose_shell(crypt, command);
	if (process_run(crypt->arena, &process, NULL, err))
		return true;
	if (taking->failed_to_write)
		error_errno(err, STATUS_BACKUP, "cannot write a copy");
	else if (taking->size > taking->most)
		error_set(err, STATUS_BACKUP,
		    "its output is larger than the %lld bytes of the backup", taking->most);
	return fail(crypt, SETTING_BACKUP_DECRYPT, command, err);
}

bool crypt_decrypt(
    const struct crypt *crypt, int from, const struct store_file *plain, struct error *err)
{
	struct taking taking = {.hash = hash_new(), .fd = plain->fd, .most = plain->size};
	char sha256[HASH_HEX_SIZE];
	bool done;

	if (config_string(crypt->config, SETTING_BACKUP_DECRYPT) == NULL) {
		error_set(
		    err, STATUS_CONFIG, "the copy is encrypted, and [backup] decrypt is not set");
		error_hint(err, "Set it to the command that undoes [backup] encrypt.");
		done = false;
	} else {
		done = run_decrypt(crypt, from, &taking, err);
	}
	hash_end(taking.hash, sha256);
	return done;
}

MUST_CHECK static bool run_encrypt(
    const struct crypt *crypt, int from, int to, long long *size, struct error *err)
{
	const char *command = config_string(crypt->config, SETTING_BACKUP_ENCRYPT);
	struct process process = {.by = crypt->by, .in = from, .out = to};
	struct stat st;

	if (!rewind_both(from, to, err))
		return false;
	process.argv = choose_shell(crypt, command);
	if (!process_run(crypt->arena, &process, NULL, err))
		return fail(crypt, SETTING_BACKUP_ENCRYPT, command, err);
	if (fstat(to, &st) != 0)
		return error_errno(err, STATUS_BACKUP, "cannot read a copy");
	*size = st.st_size;
	return true;
}

/* There and back: nothing else proves it. */
MUST_CHECK static bool try_decrypt(
    const struct crypt *crypt, const struct store_file *plain, int cipher, struct error *err)
{
	struct taking taking = {.hash = hash_new(), .fd = -1, .most = plain->size};
	char sha256[HASH_HEX_SIZE];
	bool done = run_decrypt(crypt, cipher, &taking, err);

	hash_end(taking.hash, sha256);
	if (!done)
		return stop_signal() == 0
		       && error_prefix(err, "cannot decrypt the output of [backup] encrypt for %s",
			   plain->name);
	if (taking.size == plain->size && strcmp(sha256, plain->sha256) == 0)
		return true;
	error_set(err, STATUS_BACKUP,
	    "the output of [backup] encrypt for %s does not decrypt to the backup: [backup] "
	    "decrypt gives %lld bytes, the backup has %lld, and their SHA-256 differs",
	    plain->name, taking.size, plain->size);
	return error_hint(err, PIPE_HINT);
}

/* Without a key to try it: is there anything in it? */
MUST_CHECK static bool compare_empty(const struct crypt *crypt, const struct store_file *plain,
    long long size, int scratch, struct error *err)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct error ignored = {0};
	long long empty = 0;
	bool known = nothing >= 0 && run_encrypt(crypt, nothing, scratch, &empty, &ignored);

	if (nothing >= 0)
		close(nothing);
	if (stop_asked(err))
		return false;
	if ((!known || size > empty) && size >= plain->size / COMPRESSED_MOST)
		return true;
	error_set(err, STATUS_BACKUP,
	    "[backup] encrypt wrote only %lld bytes for the %lld of %s: the backup cannot be in "
	    "them",
	    size, plain->size, plain->name);
	return error_hint(err, PIPE_HINT);
}

/* Does the copy begin as the backup does? */
static bool is_plain(const struct store_file *plain, int cipher)
{
	char one[BEGINNING], other[BEGINNING];
	const ssize_t length = pread(plain->fd, one, sizeof(one), 0);

	return length > 0 && pread(cipher, other, (size_t)length, 0) == length
	       && memcmp(one, other, (size_t)length) == 0;
}

bool crypt_encrypt(const struct crypt *crypt, const struct store_file *plain, int to, int scratch,
    struct error *err)
{
	long long size;

	if (!run_encrypt(crypt, plain->fd, to, &size, err))
		return false;
	if (size == 0) {
		error_set(err, STATUS_BACKUP, "[backup] encrypt wrote nothing for %s", plain->name);
		return error_hint(err, PIPE_HINT);
	}
	if (is_plain(plain, to)) {
		error_set(err, STATUS_BACKUP,
		    "[backup] encrypt does not encrypt %s: its output begins as the backup does",
		    plain->name);
		return error_hint(
		    err, "Set it to a command that encrypts, as age -r age1…; or unset it.");
	}
	if (config_string(crypt->config, SETTING_BACKUP_DECRYPT) != NULL)
		return try_decrypt(crypt, plain, to, err);
	return plain->size == 0 || compare_empty(crypt, plain, size, scratch, err);
}
