#include "core/doctor/doctor.h"

#include "core/doctor/checks.h"
#include "core/doctor/server.sql.h"

/* What has to be there before a check makes sense. */
enum needed { NEEDS_NOTHING, NEEDS_CONFIG, NEEDS_GRAPH, NEEDS_SERVER, NEEDS_BOTH };

static const struct check {
	const char *name;
	enum needed needed;
	struct verdict (*look)(struct doctor *doctor);
	const char *remedy; /* for what is not good, unless the check knows a better one */
} checks[] = {
    {"configuration", NEEDS_NOTHING, check_configuration, "See every setting: migrate config"},
    {"secrets", NEEDS_CONFIG, check_secrets,
	"Let nobody else read them: chmod 600, and defaultMode: 0440 for a Kubernetes secret."},
    {"migrations", NEEDS_CONFIG, check_migrations,
	"Say where they are: MIGRATE_DIRECTORY=/app/migrations"},
    {"downgrades", NEEDS_GRAPH, check_downgrades,
	"Write the SQL that reverts them below a line '-- migrate:down', or accept that they "
	"cannot be reverted."},
    {"database", NEEDS_CONFIG, check_connection,
	"Say where it is: MIGRATE_URL=postgresql://user:password@host:5432/database"},
    {"writes", NEEDS_SERVER, check_writes, "Name a server that accepts writes."},
    {"TLS", NEEDS_SERVER, check_tls,
	"Add ?sslmode=verify-full&sslrootcert=/path/to/ca.crt to the URL."},
    {"server", NEEDS_SERVER, check_server_version, "Use a version that is still maintained."},
    {"pooler", NEEDS_SERVER, check_pooler,
	"Give the server's own URL: MIGRATE_DIRECT_URL=postgresql://user@server/database"},
    {"keepalives", NEEDS_SERVER, check_keepalives,
	"In PgBouncer: tcp_keepidle = 10, tcp_keepintvl = 5, tcp_keepcnt = 3, tcp_user_timeout = "
	"20000."},
    {"create", NEEDS_SERVER, check_create, "GRANT CREATE ON SCHEMA public TO the role."},
    {"createdb", NEEDS_SERVER, check_createdb,
	"To restore a backup, use a role that may create databases: ALTER ROLE … CREATEDB"},
    {"role", NEEDS_SERVER, check_role, "Let the user become that role: GRANT role TO user"},
    {"clock", NEEDS_SERVER, check_clock, "Synchronise the clocks: backups are kept by their time."},
    {"revision", NEEDS_BOTH, check_revision, "See what is pending: migrate status"},
    {"edited", NEEDS_BOTH, check_edited,
	"Put the files back, or accept them as they are: migrate repair REVISION"},
    {"half done", NEEDS_BOTH, check_half_done, "See where it stands: migrate status"},
    {"last run", NEEDS_BOTH, check_last_run, "See what to do: migrate status"},
    {"pg_dump", NEEDS_SERVER, check_dump, "Install it: apt-get install postgresql-client"},
    {"privileges of pg_dump", NEEDS_SERVER, check_dump_privileges,
	"GRANT pg_read_all_data TO the role, and BYPASSRLS where rows are secured."},
    {"restorable", NEEDS_SERVER, check_restorable,
	"Restore as a superuser; or restore first, then run the script that `migrate restore` "
	"writes beside the archive as a superuser."},
    {"backup directory", NEEDS_CONFIG, check_backup_directory,
	"Mount a volume, and name it: MIGRATE_BACKUP_DIRECTORY=/backups"},
    {"space for backups", NEEDS_SERVER, check_backup_space,
	"Enlarge the volume, or keep fewer: MIGRATE_BACKUP_KEEP_LAST"},
    {"notifications", NEEDS_CONFIG, check_notifications,
	"Fix the address, the token or the chat, which the bot has to be in. A boot continues "
	"without notifications."},
    {"init", NEEDS_NOTHING, check_init,
	"Start the container with an init: docker run --init, init: true in compose.yaml."},
};

_Static_assert(COUNT(checks) <= DOCTOR_CHECKS_MAX, "struct doctor_findings holds them all");

struct verdict verdict_ok(const char *says)
{
	return (struct verdict){.health = HEALTH_OK, .says = says};
}

struct verdict verdict_warning(const char *says, const char *remedy)
{
	return (struct verdict){HEALTH_WARNING, says, remedy};
}

struct verdict verdict_failure(const char *says, const char *remedy)
{
	return (struct verdict){HEALTH_FAILURE, says, remedy};
}

struct verdict verdict_error(struct doctor *doctor, const struct error *err)
{
	const char *where = err->file[0] == '\0'
				? ""
				: arena_printf(doctor->arena, " (%s:%ld)", err->file, err->line);

	return verdict_failure(arena_printf(doctor->arena, "%s%s", err->message, where),
	    err->hint[0] != '\0' ? arena_strdup(doctor->arena, err->hint) : NULL);
}

const char *doctor_fact(const struct doctor *doctor, enum server_fact fact)
{
	const char *cell = rows_get(doctor->server, 0, fact);

	return cell != NULL ? cell : "";
}

static bool ask_server(struct doctor *doctor)
{
	const char *const params[] = {
	    doctor->database.version.schema,
	    config_string(doctor->config, SETTING_APPLY_ROLE),
	};
	struct query query
	    = {.sql = sql_doctor_server, .params = params, .param_count = COUNT(params)};
	struct rows *rows = arena_alloc(doctor->arena, sizeof(*rows));

	if (!session_query(
		doctor->database.session, doctor->arena, &query, rows, &doctor->database_error))
		return false;
	doctor->server = rows;
	return rows->count == 1;
}

static void gather(struct doctor *doctor)
{
	if (!config_load(doctor->arena, doctor->flags, &doctor->config, &doctor->config_error))
		return;
	doctor->has_graph = graph_load(doctor->arena,
	    config_string(doctor->config, SETTING_DIRECTORY), &doctor->graph, &doctor->graph_error);
	doctor->connected = database_open(doctor->arena, doctor->config, DATABASE_NOW,
				&doctor->database, &doctor->database_error)
			    && ask_server(doctor);
}

/* Why a check is not made; NULL: it is. */
static const char *obstacle(const struct doctor *doctor, enum needed needed)
{
	if (needed != NEEDS_NOTHING && doctor->config == NULL)
		return "needs the configuration";
	if ((needed == NEEDS_GRAPH || needed == NEEDS_BOTH) && !doctor->has_graph)
		return "needs the migrations";
	if ((needed == NEEDS_SERVER || needed == NEEDS_BOTH) && !doctor->connected)
		return "needs the database";
	return NULL;
}

static struct finding examine(struct doctor *doctor, const struct check *check)
{
	const char *because = obstacle(doctor, check->needed);
	struct finding finding = {.name = check->name, .health = HEALTH_SKIPPED, .says = because};
	struct verdict verdict;

	if (because != NULL)
		return finding;
	verdict = check->look(doctor);
	finding.health = verdict.health;
	finding.says = verdict.says;
	if (verdict.health != HEALTH_OK)
		finding.remedy = verdict.remedy != NULL ? verdict.remedy : check->remedy;
	return finding;
}

void doctor_run(
    struct arena *arena, const struct config_flags *flags, struct doctor_findings *findings)
{
	struct doctor doctor = {.arena = arena, .flags = flags};

	*findings = (struct doctor_findings){.count = COUNT(checks)};
	gather(&doctor);
	for (size_t i = 0; i < COUNT(checks); i++) {
		findings->items[i] = examine(&doctor, &checks[i]);
		findings->failed |= findings->items[i].health == HEALTH_FAILURE;
	}
	database_close(&doctor.database);
}
