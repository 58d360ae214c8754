#include "core/backup/dump.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "core/backup/identity.h"
#include "core/backup/partial.h"
#include "core/backup/shared.h"
#include "core/backup/space.h"
#include "core/backup/verify.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/process.h"
#include "core/base/progress.h"
#include "core/base/stop.h"
#include "core/pg/guc.h"

#define MOST_TABLES 5000 /* whose rows stand in the manifest, which has to stay small */
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
	const char *const *argv; /* of pg_dump */
	long long expected; /* bytes; 0: not known */
	struct progress progress;
};

/* What pg_dump says in the C locale, and what to do about it. `hint` and `rest` enclose the role.
 */
static const struct cause {
	const char *text, *hint, *rest;
} causes[] = {
    {"No space left on device",
	"Make room in [backup] directory (migrate backup prune, with a lower [backup] keep_last), "
	"or set MIGRATE_BACKUP_DIRECTORY to a larger volume.",
	NULL},
    {"since the container reached its memory limit",
	"Raise the container's memory limit, or do less at once: [backup] jobs = 1, and a lower "
	"[backup] compress.",
	NULL},
    {"since memory ran out", "Give the machine more memory, or do less at once: [backup] jobs = 1.",
	NULL},
    {"Disk quota exceeded", "Raise the quota of [backup] directory or lower [backup] keep_last.",
	NULL},
    {"conflict with recovery",
	"Raise max_standby_streaming_delay on the standby, or turn on its hot_standby_feedback; or "
	"back up the primary.",
	NULL},
    {"did not finish within", "Raise [backup] timeout (MIGRATE_BACKUP_TIMEOUT).", NULL},
    {"server version mismatch",
	"Set [backup] pg_dump (MIGRATE_BACKUP_PG_DUMP) to a pg_dump of "
	"the server's major or later.",
	NULL},
    {"row-level security", "Connect as the tables' owner, or run as a superuser: ALTER ROLE ",
	" BYPASSRLS;"},
    {"permission denied for large object",
	"pg_read_all_data does not cover large objects. Run as a superuser: DO $$ DECLARE o oid; "
	"BEGIN FOR o IN SELECT oid FROM pg_largeobject_metadata LOOP EXECUTE format('GRANT SELECT "
	"ON "
	"LARGE OBJECT %s TO ",
	"', o); END LOOP; END $$;"},
    {"permission denied for", "Run as a superuser: GRANT pg_read_all_data TO ",
	"; (before PostgreSQL 14: connect as the tables' owner)"},
    {"canceling statement due to lock timeout",
	"Another session holds an exclusive lock: see "
	"pg_locks, or raise [backup] lock_timeout.",
	NULL},
    {"was killed by signal",
	"See what killed it, often the kernel when memory runs out: journalctl --dmesg "
	"--since=-10min, or the container's events. With [backup] jobs = 1 it needs less memory.",
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

	stem = arena_printf(job->arena, "%s-%s-%s", database, clock_compact(job->arena),
	    from_revision(job->arena, &job->dump->heads));
	partial_sweep(job->arena, job->dump->directory, database);
	if (!partial_open(job->arena, job->dump->directory, stem, job->dump->options.format,
		&job->partial, err))
		return false;
	manifest->id = job->partial.id;
	manifest->archive = job->partial.target;
	return true;
}

/* The image brings its own pg_dump beside this program; whatever PATH has is the application's.
 * NULL: unknown. */
static const char *own_directory(struct arena *arena)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path));

	if (length <= 0 || (size_t)length == sizeof(path))
		return NULL;
	return file_directory(arena, arena_strndup(arena, path, (size_t)length));
}

static bool find_tools(struct job *job, struct error *err)
{
	struct arena *arena = job->arena;
	const struct tool_search search = {
	    .name = "pg_dump",
	    .setting = job->dump->pg_dump,
	    .beside = own_directory(arena),
	    .major = session_server_version(job->session) / 10000,
	    .because
	    = arena_printf(arena, "the server has version %s", job->manifest.server_version),
	    .by = job->dump->by,
	};

	if (!tool_find(arena, &search, &job->pg_dump, err))
		return false;
	job->manifest.tool_version = job->pg_dump.version;
	return verify_tool(arena, job->dump->pg_restore, file_directory(arena, job->pg_dump.path),
		   job->pg_dump.version, job->dump->by, &job->pg_restore, err)
	       && dump_arguments(
		   arena, &job->dump->options, &job->pg_dump, job->partial.path, &job->argv, err);
}

static void look(void *context)
{
	struct job *job = context;

	progress_show(&job->progress, archive_size(job->partial.path));
}

static const char *const *with_snapshot(
    struct arena *arena, const char *const *argv, const char *snapshot)
{
	struct names words = {0};

	names_add(arena, &words, argv[0]);
	names_add(arena, &words, arena_printf(arena, "--snapshot=%s", snapshot));
	while (*++argv != NULL)
		names_add(arena, &words, *argv);
	names_add(arena, &words, NULL);
	return words.items;
}

static bool write_archive(struct job *job, const char *snapshot, struct error *err)
{
	struct arena *arena = job->arena;
	struct process process = {.argv = with_snapshot(arena, job->argv, snapshot),
	    .by = job->dump->by,
	    .quiet = true,
	    .look = look,
	    .context = job,
	    .every = PROGRESS_EVERY};
	const char *const *env;
	bool done;

	guc_environment(arena, job->conninfo, job->session, &env, &process.unset);
	process.env = process_english(arena, env);
	progress_start(&job->progress, "backup: pg_dump", job->expected);
	done = process_run(arena, &process, NULL, err);
	progress_end();
	return done && archive_sync(job->partial.path, err);
}

/* Read back and hashed at once: the archive is read twice in the time of one. */
static bool verify(struct job *job, struct error *err)
{
	struct archive_reader *reader = archive_measure_start(job->partial.path);
	struct archive_sum sum;
	struct error why = {0};
	const struct pg_restore call = {
	    .arena = job->arena,
	    .tool = &job->pg_restore,
	    .archive = job->partial.path,
	    .by = job->dump->by,
	};
	bool read = verify_read(&call, &job->manifest.rows, err);

	if (!archive_measure_finish(job->arena, reader, &sum, &why)) {
		if (read)
			*err = why;
		return false;
	}
	job->manifest.counted = read && job->manifest.rows.count <= MOST_TABLES;
	job->manifest.size = sum.size;
	job->manifest.files = sum.files;
	memcpy(job->manifest.sha256, sum.sha256, sizeof(sum.sha256));
	return read;
}

/* The newest backup of the same database, or NULL. */
static const struct manifest *find_last(
    struct arena *arena, const char *directory, const struct manifest *manifest)
{
	struct manifest *all;
	struct error ignored = {0};
	size_t count;

	if (!manifest_list(arena, directory, &all, &count, &ignored))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (manifest_same_database(&all[i], manifest))
			return &all[i];
	return NULL;
}

static bool check_space(struct job *job, struct error *err)
{
	const char *directory = job->dump->directory;
	struct manifest *next = &job->manifest;

	job->expected = space_expected(find_last(job->arena, directory, next), next);
	return space_check(job->arena, directory, job->expected, next->database_size, err);
}

bool dump_describe(struct arena *arena, const struct dump *dump, struct session *session,
    struct manifest *manifest, struct error *err)
{
	*manifest = (struct manifest){
	    .migrate_version = MIGRATE_VERSION,
	    .heads = dump->heads,
	    .pending = dump->pending,
	    .pending_sha256 = dump->pending_sha256,
	    .journal = dump->journal,
	    .format = dump->options.format->name,
	    .options = dump->options.include,
	    .level = VERIFY_READ,
	    .created = clock_stamp(arena),
	};
	return identity_read(arena, session, manifest, err);
}

static bool prepare(struct job *job, struct error *err)
{
	return make_directory(job->dump->directory, err)
	       && dump_describe(job->arena, job->dump, job->session, &job->manifest, err)
	       && open_archive(job, err) && find_tools(job, err) && check_space(job, err);
}

/* A connection that is lost meanwhile takes nothing away from what pg_dump has read by its own. */
static bool note_position(struct job *job, struct error *err)
{
	return identity_position(job->arena, job->session, &job->manifest.wal_after, err)
	       || (session_lost(job->session) && stop_signal() == 0);
}

static bool dump_shared(struct job *job, struct error *err)
{
	const char *snapshot;
	bool done;

	if (!shared_begin(job->session, job->arena, &job->manifest, &snapshot, err))
		return false;
	done = write_archive(job, snapshot, err);
	shared_end(job->session);
	return done;
}

static bool run(struct job *job, struct error *err)
{
	int64_t start = clock_ms();

	log_info("backup: pg_dump %s writes %s", job->pg_dump.version, job->manifest.archive);
	if (!dump_shared(job, err) || !note_position(job, err) || !verify(job, err)
	    || stop_asked(err))
		return false;
	job->manifest.verified = clock_stamp(job->arena);
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
	log_done("backup: %s in %s, verified: %s (sha256 %.12s…)",
	    text_size(arena, job.manifest.size), text_duration(arena, job.manifest.duration),
	    job.manifest.archive, job.manifest.sha256);
	*manifest = job.manifest;
	return true;
}
