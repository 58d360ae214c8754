#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/settings.h"
#include "core/base/text.h"

#define HINT_SETTINGS "See `migrate config` for every setting."

const struct setting config_settings[SETTING_COUNT] = {
	[SETTING_URL] = {
		.section = "migrate", .key = "url", .secret = true,
		.help = "database to migrate, as a URL or a libpq connection string",
	},
	[SETTING_DIRECT_URL] = {
		.section = "migrate", .key = "direct_url", .secret = true,
		.help = "the same database, bypassing the connection pooler; used instead of url",
	},
	[SETTING_DIRECTORY] = {
		.section = "migrate", .key = "directory",
		.type = SETTING_PATH, .value = "migrations",
		.help = "directory of the migration files",
	},
	[SETTING_COLOR] = {
		.section = "migrate", .key = "color",
		.type = SETTING_CHOICE, .value = "auto", .choices = "auto|always|never",
		.help = "colours in the answer and the log; auto: on terminals, unless NO_COLOR is set",
	},
	[SETTING_VERSION_TABLE_SCHEMA] = {
		.section = "migrate", .key = "version_table_schema",
		.help = "schema of alembic_version and the tables beside it; unset: found by the "
			"search_path",
	},
	[SETTING_WAIT_TIMEOUT] = {
		.section = "wait", .key = "timeout",
		.type = SETTING_DURATION, .value = "60s",
		.help = "how long to wait for the server to accept connections",
	},
	[SETTING_WAIT_DATABASE_GRACE] = {
		.section = "wait", .key = "database_grace",
		.type = SETTING_DURATION, .value = "10s",
		.help = "how long the database may be missing on a server that answers",
	},
	[SETTING_WAIT_SOCKET_ONLY] = {
		.section = "wait", .key = "socket_only",
		.type = SETTING_BOOL, .value = "off",
		.help = "accept a server reached over a Unix socket that listens on no TCP address",
	},
	[SETTING_LOCK_TIMEOUT] = {
		.section = "lock", .key = "timeout",
		.type = SETTING_DURATION, .value = "10m",
		.help = "how long to wait while another process migrates the same database",
	},
	[SETTING_LOCK_MODE] = {
		.section = "lock", .key = "mode",
		.type = SETTING_CHOICE, .value = "session", .choices = "session|transaction",
		.help = "what holds the lock: the session, or, for a pooler, a transaction on its "
			"own connection",
	},
	[SETTING_APPLY_TRANSACTION] = {
		.section = "apply", .key = "transaction",
		.type = SETTING_CHOICE, .value = "step", .choices = "step|all",
		.help = "commit after each migration (step) or once after the last one (all)",
	},
	[SETTING_APPLY_LOCK_TIMEOUT] = {
		.section = "apply", .key = "lock_timeout",
		.type = SETTING_DURATION, .value = "2s",
		.help = "lock_timeout while migrations run; 0 leaves the server's own",
	},
	[SETTING_APPLY_LOCK_RETRY] = {
		.section = "apply", .key = "lock_retry",
		.type = SETTING_DURATION, .value = "5m",
		.help = "how long a migration is tried again when a lock times out",
	},
	[SETTING_APPLY_CONCURRENTLY_TIMEOUT] = {
		.section = "apply", .key = "concurrently_timeout",
		.type = SETTING_DURATION, .value = "0",
		.help = "lock_timeout while an index is built or dropped CONCURRENTLY; 0: no limit",
	},
	[SETTING_APPLY_STATEMENT_TIMEOUT] = {
		.section = "apply", .key = "statement_timeout",
		.type = SETTING_DURATION, .value = "0",
		.help = "statement_timeout while migrations run; 0 leaves the server's own",
	},
	[SETTING_APPLY_ROLE] = {
		.section = "apply", .key = "role",
		.help = "role that migrations run as (SET ROLE)",
	},
	[SETTING_APPLY_SEARCH_PATH] = {
		.section = "apply", .key = "search_path",
		.help = "search_path of migrations",
	},
	[SETTING_BOOT_TARGET] = {
		.section = "boot", .key = "target", .value = "head",
		.help = "revision that the boot upgrades to",
	},
	[SETTING_BOOT_AHEAD] = {
		.section = "boot", .key = "ahead",
		.type = SETTING_CHOICE, .value = "refuse", .choices = "refuse|warn|allow",
		.help = "what to do when the database is at a revision that no file has",
	},
	[SETTING_BOOT_EDITED] = {
		.section = "boot", .key = "edited",
		.type = SETTING_CHOICE, .value = "refuse", .choices = "refuse|warn",
		.help = "what to do when an applied migration was edited",
	},
	[SETTING_BOOT_FAILURE] = {
		.section = "boot", .key = "failure",
		.type = SETTING_CHOICE, .value = "exit", .choices = "exit|hold",
		.help = "what a failure that another try does not change ends in; hold: wait to be stopped",
	},
	[SETTING_BOOT_TERMINATION_LOG] = {
		.section = "boot", .key = "termination_log",
		.type = SETTING_PATH, .value = "/dev/termination-log",
		.help = "existing file that a failure is written to as well, for Kubernetes",
	},
	[SETTING_BOOT_REHEARSE] = {
		.section = "boot", .key = "rehearse",
		.type = SETTING_CHOICE, .value = "off", .choices = "off|schema|data",
		.help = "try what is pending in a scratch database first, with the schema or all data",
	},
	[SETTING_REHEARSE_URL] = {
		.section = "rehearse", .key = "url", .secret = true,
		.help = "server for scratch databases, made like this one; unset: the database's own",
	},
	[SETTING_REHEARSE_SIZE] = {
		.section = "rehearse", .key = "size",
		.type = SETTING_NUMBER, .value = "10240",
		.help = "largest database, in MB, whose data a rehearsal restores; 0: any",
	},
	[SETTING_REHEARSE_TIMEOUT] = {
		.section = "rehearse", .key = "timeout",
		.type = SETTING_DURATION, .value = "15m",
		.help = "how long a rehearsal may last",
	},
	[SETTING_BACKUP_ENABLED] = {
		.section = "backup", .key = "enabled",
		.type = SETTING_BOOL, .value = "on",
		.help = "take and verify a backup before migrations are applied",
	},
	[SETTING_BACKUP_DIRECTORY] = {
		.section = "backup", .key = "directory",
		.type = SETTING_PATH, .value = "backups",
		.help = "directory that the backups are written to",
	},
	[SETTING_BACKUP_FORMAT] = {
		.section = "backup", .key = "format",
		.type = SETTING_CHOICE, .value = "custom", .choices = "custom|directory",
		.help = "pg_dump's format; directory is written by several jobs",
	},
	[SETTING_BACKUP_JOBS] = {
		.section = "backup", .key = "jobs",
		.type = SETTING_NUMBER, .value = "0",
		.help = "parallel jobs of pg_dump and pg_restore; 0: one for each processor, up to 8",
	},
	[SETTING_BACKUP_COMPRESS] = {
		.section = "backup", .key = "compress",
		.help = "pg_dump's --compress: 0 to 9, or gzip, lz4, zstd with pg_dump 16",
	},
	[SETTING_BACKUP_OPTIONS] = {
		.section = "backup", .key = "options",
		.help = "pg_dump's include and exclude options, as --exclude-table-data=audit.*",
	},
	[SETTING_BACKUP_REUSE] = {
		.section = "backup", .key = "reuse",
		.type = SETTING_DURATION, .value = "1h",
		.help = "a boot that is tried again reuses its backup if it is at most this old; "
			"0: never",
	},
	[SETTING_BACKUP_REUSE_WAL] = {
		.section = "backup", .key = "reuse_wal",
		.type = SETTING_SIZE, .value = "16MB",
		.help = "a backup is reused only if the whole server has written at most this much "
			"WAL since",
	},
	[SETTING_BACKUP_KEEP_LAST] = {
		.section = "backup", .key = "keep_last",
		.type = SETTING_NUMBER, .value = "5",
		.help = "how many backups to keep at least",
	},
	[SETTING_BACKUP_KEEP_DAILY] = {
		.section = "backup", .key = "keep_daily",
		.type = SETTING_NUMBER, .value = "0",
		.help = "keep the newest of so many days, too",
	},
	[SETTING_BACKUP_KEEP_WEEKLY] = {
		.section = "backup", .key = "keep_weekly",
		.type = SETTING_NUMBER, .value = "0",
		.help = "keep the newest of so many weeks, too",
	},
	[SETTING_BACKUP_KEEP_MONTHLY] = {
		.section = "backup", .key = "keep_monthly",
		.type = SETTING_NUMBER, .value = "0",
		.help = "keep the newest of so many months, too",
	},
	[SETTING_BACKUP_KEEP_DAYS] = {
		.section = "backup", .key = "keep_days",
		.type = SETTING_NUMBER, .value = "0",
		.help = "keep all that are younger than so many days, too",
	},
	[SETTING_BACKUP_TIMEOUT] = {
		.section = "backup", .key = "timeout",
		.type = SETTING_DURATION, .value = "1h",
		.help = "how long taking and verifying a backup may last",
	},
	[SETTING_BACKUP_VERIFY] = {
		.section = "backup", .key = "verify",
		.type = SETTING_CHOICE, .value = "read", .choices = "read|restore",
		.help = "verify a backup by reading it to its end, or by restoring it into a "
			"scratch database as well",
	},
	[SETTING_BACKUP_LOCK_TIMEOUT] = {
		.section = "backup", .key = "lock_timeout",
		.type = SETTING_DURATION, .value = "60s",
		.help = "how long pg_dump may wait for its table locks",
	},
	[SETTING_BACKUP_PG_DUMP] = {
		.section = "backup", .key = "pg_dump",
		.help = "pg_dump to run: a path, or a name to look up in PATH",
	},
	[SETTING_BACKUP_PG_RESTORE] = {
		.section = "backup", .key = "pg_restore",
		.help = "pg_restore to run: a path, or a name to look up in PATH",
	},
	[SETTING_BACKUP_UPLOAD] = {
		.section = "backup", .key = "upload", .secret = true,
		.help = "where a copy goes: s3://…, https://… (WebDAV), file:///…, telegram:CHAT",
	},
	[SETTING_BACKUP_UPLOAD_REQUIRED] = {
		.section = "backup", .key = "upload_required",
		.type = SETTING_BOOL, .value = "on",
		.help = "a backup whose copy does not arrive has failed",
	},
	[SETTING_BACKUP_UPLOAD_TIMEOUT] = {
		.section = "backup", .key = "upload_timeout",
		.type = SETTING_DURATION, .value = "1h",
		.help = "how long the copy may take, with all that is tried again",
	},
	[SETTING_BACKUP_UPLOAD_STALL] = {
		.section = "backup", .key = "upload_stall",
		.type = SETTING_DURATION, .value = "30s",
		.help = "how long a transfer may stand still before it is tried again",
	},
	[SETTING_BACKUP_ENCRYPT] = {
		.section = "backup", .key = "encrypt", .command = true,
		.help = "shell command that encrypts copies, from stdin to stdout, as age -r KEY; "
			"its output is checked by decrypting it, if decrypt is set",
	},
	[SETTING_BACKUP_DECRYPT] = {
		.section = "backup", .key = "decrypt", .command = true,
		.help = "shell command that copies go through on their way back",
	},
	[SETTING_TELEGRAM_TOKEN] = {
		.section = "telegram", .key = "token", .hidden = true,
		.help = "the bot's token",
	},
	[SETTING_TELEGRAM_API] = {
		.section = "telegram", .key = "api", .value = "https://api.telegram.org",
		.help = "base URL of the Bot API",
	},
	[SETTING_TELEGRAM_CHAT] = {
		.section = "telegram", .key = "chat",
		.help = "chats to notify how a boot ended, separated by commas",
	},
	[SETTING_TELEGRAM_SIZE] = {
		.section = "telegram", .key = "size",
		.type = SETTING_NUMBER, .value = "50",
		.help = "MB that the Bot API takes in one document",
	},
	[SETTING_TELEGRAM_SPLIT] = {
		.section = "telegram", .key = "split",
		.type = SETTING_BOOL, .value = "on",
		.help = "send what is larger in pieces; off: refuse it",
	},
	[SETTING_MODELS_SOURCE] = {
		.section = "models", .key = "source",
		.help = "what autogenerate compares with: python:MODULE:NAME, SQL, command:…, a URL",
	},
	[SETTING_MODELS_PYTHON] = {
		.section = "models", .key = "python", .value = "python3",
		.help = "interpreter that imports the models",
	},
	[SETTING_MODELS_SHADOW_URL] = {
		.section = "models", .key = "shadow_url", .secret = true,
		.help = "empty database to load the models into, where none may be created",
	},
	[SETTING_MODELS_INCLUDE] = {
		.section = "models", .key = "include",
		.help = "patterns of the names that are compared, with commas; unset: all",
	},
	[SETTING_MODELS_EXCLUDE] = {
		.section = "models", .key = "exclude",
		.help = "patterns of the names that are left alone, with commas",
	},
	[SETTING_MODELS_DROP] = {
		.section = "models", .key = "drop",
		.value = "off",
		.help = "on, or patterns: drop what SQLAlchemy's models do not have or leave unsaid",
	},
	[SETTING_MODELS_GRANTS] = {
		.section = "models", .key = "grants",
		.type = SETTING_BOOL, .value = "off",
		.help = "compare owners and privileges",
	},
	[SETTING_MODELS_SAFE] = {
		.section = "models", .key = "safe",
		.type = SETTING_BOOL, .value = "off",
		.help = "build indexes, keys and constraints in a migration of their own that blocks nobody",
	},
	[SETTING_NOTIFY_ON] = {
		.section = "notify", .key = "on",
		.type = SETTING_CHOICE, .value = "both", .choices = "both|failure|success",
		.help = "what to notify about: a boot that failed, or that applied something",
	},
	[SETTING_NOTIFY_TIMEOUT] = {
		.section = "notify", .key = "timeout",
		.type = SETTING_DURATION, .value = "5s",
		.help = "how long telling everybody may delay a boot",
	},
	[SETTING_NOTIFY_SLACK_URL] = {
		.section = "notify", .key = "slack_url", .hidden = true,
		.help = "incoming webhook of Slack, or of what understands its form",
	},
	[SETTING_NOTIFY_HEALTHCHECKS_URL] = {
		.section = "notify", .key = "healthchecks_url", .hidden = true,
		.help = "ping URL of healthchecks.io",
	},
	[SETTING_NOTIFY_WEBHOOK_URL] = {
		.section = "notify", .key = "webhook_url", .hidden = true,
		.help = "URL that gets a JSON object",
	},
	[SETTING_NOTIFY_WEBHOOK_SECRET] = {
		.section = "notify", .key = "webhook_secret", .hidden = true,
		.help = "key of the HMAC-SHA-256 in its header X-Migrate-Signature",
	},
	[SETTING_METRICS_DIRECTORY] = {
		.section = "metrics", .key = "directory", .type = SETTING_PATH,
		.help = "directory of node_exporter's textfile collector",
	},
	[SETTING_METRICS_PUSHGATEWAY] = {
		.section = "metrics", .key = "pushgateway", .secret = true,
		.help = "URL of a Pushgateway",
	},
	[SETTING_LOG_FORMAT] = {
		.section = "log", .key = "format",
		.type = SETTING_CHOICE, .value = "text", .choices = "text|json",
		.help = "form of the log lines on stderr",
	},
	[SETTING_LOG_LEVEL] = {
		.section = "log", .key = "level",
		.type = SETTING_CHOICE, .value = "info", .choices = "debug|info|warn|error",
		.help = "least severe log line that is printed",
	},
};

/* The general settings' section is left out of variables and flags. */
static bool is_general(const struct setting *setting)
{
	return !strcmp(setting->section, "migrate");
}

static char *replace(char *string, char from, char to)
{
	for (char *at = string; (at = strchr(at, from)) != NULL; at++)
		*at = to;
	return string;
}

const char *config_variable(struct arena *arena, enum setting_id id)
{
	const struct setting *setting = &config_settings[id];
	char *name = is_general(setting)
			 ? arena_printf(arena, "MIGRATE_%s", setting->key)
			 : arena_printf(arena, "MIGRATE_%s_%s", setting->section, setting->key);

	for (char *at = name; *at != '\0'; at++)
		if (*at >= 'a' && *at <= 'z')
			*at = (char)(*at - 'a' + 'A');
	return name;
}

const char *config_flag(struct arena *arena, enum setting_id id)
{
	const struct setting *setting = &config_settings[id];

	return replace(is_general(setting)
			   ? arena_printf(arena, "--%s", setting->key)
			   : arena_printf(arena, "--%s-%s", setting->section, setting->key),
	    '_', '-');
}

int config_find_flag(const char *flag)
{
	struct arena scratch = {0};
	int found = -1;

	for (int id = 0; id < SETTING_COUNT && found < 0; id++)
		if (!strcmp(config_flag(&scratch, (enum setting_id)id), flag))
			found = id;
	arena_free(&scratch);
	return found;
}

bool settings_check_section(const char *section, struct error *err)
{
	const char *sections[SETTING_COUNT];
	const char *nearest;

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		sections[i] = config_settings[i].section;
		if (!strcmp(sections[i], section))
			return true;
	}
	nearest = text_nearest(section, sections, SETTING_COUNT);
	error_set(err, STATUS_CONFIG, "unknown section [%s]", section);
	return nearest == NULL ? error_hint(err, HINT_SETTINGS)
			       : error_hint(err, "Did you mean [%s]? " HINT_SETTINGS, nearest);
}

static bool unknown_key(const char *section, const char *key, struct error *err)
{
	const char *keys[SETTING_COUNT];
	const char *nearest, *elsewhere = NULL;
	size_t count = 0;

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (!strcmp(config_settings[i].section, section))
			keys[count++] = config_settings[i].key;
		else if (!strcmp(config_settings[i].key, key))
			elsewhere = config_settings[i].section;
	}
	nearest = text_nearest(key, keys, count);
	error_set(err, STATUS_CONFIG, "unknown key '%s' in [%s]", key, section);
	if (nearest != NULL)
		return error_hint(err, "Did you mean '%s'? " HINT_SETTINGS, nearest);
	if (elsewhere != NULL)
		return error_hint(err, "Did you mean the one in [%s]? " HINT_SETTINGS, elsewhere);
	return error_hint(err, HINT_SETTINGS);
}

bool settings_find(const char *section, const char *key, enum setting_id *id, struct error *err)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (!strcmp(config_settings[i].section, section)
		    && !strcmp(config_settings[i].key, key)) {
			*id = (enum setting_id)i;
			return true;
		}
	return unknown_key(section, key, err);
}
