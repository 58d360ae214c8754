#include "core/backup/dump.h"

#include <string.h>
#include <sys/stat.h>

#include "core/backup/identity.h"
#include "core/backup/partial.h"
#include "core/backup/retention.h"
#include "core/backup/tool.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/process.h"
#include "core/base/stop.h"

#define HEADS_LENGTH 64 /* of the revisions in a file name */

/* What one dump_create goes through. */
struct job {
	struct arena *arena;
	const struct dump *dump;
	const struct conninfo *conninfo;
	struct session *session;
	struct tool pg_dump, pg_restore;
	struct partial partial;
	struct manifest manifest;
};

/* What pg_dump says in the C locale, and what to do about it. `hint` and `rest` enclose the role.
 */
static const struct cause {
	const char *text, *hint, *rest;
} causes[] = {
    {"No space left on device",
	"Make room in [backup] directory, lower [backup] keep_last, or "
	"set MIGRATE_BACKUP_DIRECTORY to a larger volume.",
	NULL},
    {"Disk quota exceeded", "Raise the quota of [backup] directory or lower [backup] keep_last.",
	NULL},
    {"did not finish within", "Raise [backup] timeout (MIGRATE_BACKUP_TIMEOUT).", NULL},
    {"server version mismatch",
	"Set [backup] pg_dump (MIGRATE_BACKUP_PG_DUMP) to a pg_dump of "
	"the server's major or later.",
	NULL},
    {"row-level security", "Connect as the tables' owner, or run as a superuser: ALTER ROLE ",
	" BYPASSRLS;"},
    {"permission denied for", "Run as a superuser: GRANT pg_read_all_data TO ",
	"; (before PostgreSQL 14: connect as the tables' owner)"},
    {"canceling statement due to lock timeout",
	"Another session holds an exclusive lock: see "
	"pg_locks, or raise [backup] lock_timeout.",
	NULL},
    /* pg_dump makes a statement_timeout of --lock-wait-timeout. */
    {"canceling statement due to statement timeout",
	"Another session holds an exclusive lock: "
	"see pg_locks, or raise [backup] lock_timeout.",
	NULL},
};

static void hint_cause(const struct job *job, struct error *err)
{
	for (size_t i = 0; i < COUNT(causes); i++) {
		const struct cause *cause = &causes[i];

		if (strstr(err->detail, cause->text) == NULL
		    && strstr(err->message, cause->text) == NULL)
			continue;
		if (cause->rest == NULL)
			error_hint(err, "%s", cause->hint);
		else
			error_hint(err, "%s%s%s", cause->hint,
			    session_identifier(job->session, job->arena, job->conninfo->user),
			    cause->rest);
		return;
	}
}

/* Every failure is the backup's, but for a stop, which keeps its own status. */
static bool fail(const struct job *job, struct error *err)
{
	if (stop_signal() != 0 && err->status == (enum status)(128 + stop_signal()))
		return false;
	err->status = STATUS_BACKUP;
	if (err->hint[0] == '\0')
		hint_cause(job, err);
	return error_prefix(err, "backup failed");
}

/* For a file name: [A-Za-z0-9._+-], not beginning with "." or "-". */
static const char *sanitise(struct arena *arena, const char *name)
{
	static const char safe[]
	    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+";
	char *clean = arena_strdup(arena, name);

	for (char *c = clean; *c != '\0'; c++)
		if (strchr(safe, *c) == NULL || (c == clean && strchr(".-+", *c) != NULL))
			*c = '_';
	return clean;
}

static const char *from_revision(struct arena *arena, const struct names *heads)
{
	const char *joined = sanitise(arena, names_join(arena, heads, "+"));

	return heads->count == 0 ? "empty"
				 : arena_strndup(arena, joined, strnlen(joined, HEADS_LENGTH));
}

static bool make_directory(const char *directory, struct error *err)
{
	if (directory == NULL || *directory == '\0') {
		error_set(err, STATUS_BACKUP, "no backup directory is set");
		return error_hint(err, "Set [backup] directory (MIGRATE_BACKUP_DIRECTORY).");
	}
	if (file_make_directories(directory, err))
		return true;
	return error_hint(err, "Set [backup] directory (MIGRATE_BACKUP_DIRECTORY) to a directory "
			       "on a mounted volume that this user may write to.");
}

/* Reserves the archive's file, which also shows early that the directory can be written to. */
static bool open_archive(struct job *job, struct error *err)
{
	struct manifest *manifest = &job->manifest;
	const char *database = sanitise(job->arena, manifest->database);
	const char *stem;

	manifest->created = clock_stamp(job->arena);
	stem = arena_printf(job->arena, "%s-%s-%s", database, clock_compact(job->arena),
	    from_revision(job->arena, &job->dump->heads));
	partial_sweep(job->arena, job->dump->directory, database);
	if (!partial_open(job->arena, job->dump->directory, stem, &job->partial, err))
		return false;
	manifest->id = job->partial.id;
	manifest->archive = job->partial.target;
	return true;
}

static bool find_tools(struct job *job, struct error *err)
{
	struct arena *arena = job->arena;
	struct tool_search search = {
	    .name = "pg_dump",
	    .setting = job->dump->pg_dump,
	    .major = session_server_version(job->session) / 10000,
	    .because
	    = arena_printf(arena, "the server has version %s", job->manifest.server_version),
	    .by = job->dump->by,
	};

	if (!tool_find(arena, &search, &job->pg_dump, err))
		return false;
	search.name = "pg_restore";
	search.setting = job->dump->pg_restore;
	search.beside = file_directory(arena, job->pg_dump.path);
	search.major = job->pg_dump.major;
	search.because = arena_printf(arena, "pg_dump has version %s", job->pg_dump.version);
	job->manifest.tool_version = job->pg_dump.version;
	return tool_find(arena, &search, &job->pg_restore, err);
}

/* The connection's environment with messages in English, for the table of causes. */
static const char *const *with_locale(struct arena *arena, const char *const *env)
{
	const char **all;
	size_t count = 0;

	while (env[count] != NULL)
		count++;
	all = arena_array(arena, count + 2, sizeof(*all));
	memcpy(all, env, count * sizeof(*all));
	all[count] = "LC_ALL=C";
	return all;
}

static bool write_archive(struct job *job, struct error *err)
{
	struct arena *arena = job->arena;
	const char *const argv[] = {job->pg_dump.path, "--format=custom", "--no-password",
	    arena_printf(arena, "--lock-wait-timeout=%ld", job->dump->lock_timeout),
	    arena_printf(arena, "--file=%s", job->partial.path), NULL};
	struct process process = {.argv = argv, .by = job->dump->by, .quiet = true};
	const char *const *env;

	conninfo_environment(
	    arena, job->conninfo, session_host(job->session), &env, &process.unset);
	process.env = with_locale(arena, env);
	return process_run(arena, &process, NULL, err) && partial_sync(&job->partial, err);
}

/* Reads the archive to its end: pg_restore --list is content with half an archive. */
static bool read_back(struct job *job, struct error *err)
{
	const char *const argv[]
	    = {job->pg_restore.path, "--file=/dev/null", "--", job->partial.path, NULL};
	const char *const env[] = {"LC_ALL=C", NULL};
	const struct process process
	    = {.argv = argv, .env = env, .by = job->dump->by, .quiet = true};

	if (process_run(job->arena, &process, NULL, err))
		return true;
	return stop_signal() == 0 && error_prefix(err, "the archive can't be read back");
}

static bool measure(struct job *job, struct error *err)
{
	struct stat st;

	if (fstat(job->partial.fd, &st) != 0)
		return error_errno(err, STATUS_BACKUP, "can't read '%s'", job->partial.path);
	job->manifest.size = st.st_size;
	return hash_file(job->partial.path, job->manifest.sha256, err);
}

static bool prepare(struct job *job, struct error *err)
{
	struct manifest *manifest = &job->manifest;

	manifest->migrate_version = MIGRATE_VERSION;
	manifest->heads = job->dump->heads;
	manifest->pending = job->dump->pending;
	return make_directory(job->dump->directory, err)
	       && identity_read(job->arena, job->session, manifest, err) && open_archive(job, err)
	       && find_tools(job, err);
}

static bool run(struct job *job, struct error *err)
{
	int64_t start = clock_ms();

	log_info("backup: pg_dump %s writes %s", job->pg_dump.version, job->manifest.archive);
	if (!write_archive(job, err)
	    || !identity_position(job->arena, job->session, &job->manifest.wal_after, err)
	    || !read_back(job, err) || !measure(job, err) || stop_asked(err))
		return false;
	job->manifest.duration = (long)(clock_ms() - start);
	return partial_publish(&job->partial, manifest_write(job->arena, &job->manifest), err);
}

bool dump_create(struct arena *arena, const struct dump *dump, const struct conninfo *conninfo,
    struct session *session, struct manifest *manifest, struct error *err)
{
	struct job job = {.arena = arena,
	    .dump = dump,
	    .conninfo = conninfo,
	    .session = session,
	    .partial.fd = -1};
	bool done = prepare(&job, err) && run(&job, err);

	partial_close(&job.partial);
	if (!done)
		return fail(&job, err);
	log_info("backup: %s in %s, verified: %s (sha256 %.12s…)",
	    text_size(arena, job.manifest.size), text_duration(arena, job.manifest.duration),
	    job.manifest.archive, job.manifest.sha256);
	retention_apply(arena, dump->directory, &job.manifest, dump->keep_last);
	*manifest = job.manifest;
	return true;
}
