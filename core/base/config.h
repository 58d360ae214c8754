/* config: every setting, its value and where the value came from.
 *
 * One table (config_settings) drives the ini file, the environment, the flags, --help and
 * `migrate config`. Order: flag, environment, ini, default; what is empty counts as not given.
 *
 * migrate.ini is read by inih: a line holds at most 198 bytes as Debian builds it (a longer one is
 * an error), and a ';' after white space starts a comment, inside a value too. */
#ifndef CORE_BASE_CONFIG_H
#define CORE_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/error.h"

enum setting_id {
	SETTING_URL,
	SETTING_DIRECT_URL,
	SETTING_DIRECTORY,
	SETTING_COLOR,
	SETTING_VERSION_TABLE_SCHEMA,
	SETTING_WAIT_TIMEOUT,
	SETTING_WAIT_DATABASE_GRACE,
	SETTING_WAIT_SOCKET_ONLY,
	SETTING_LOCK_TIMEOUT,
	SETTING_LOCK_MODE,
	SETTING_APPLY_TRANSACTION,
	SETTING_APPLY_LOCK_TIMEOUT,
	SETTING_APPLY_LOCK_RETRY,
	SETTING_APPLY_CONCURRENTLY_TIMEOUT,
	SETTING_APPLY_STATEMENT_TIMEOUT,
	SETTING_APPLY_ROLE,
	SETTING_APPLY_SEARCH_PATH,
	SETTING_BOOT_TARGET,
	SETTING_BOOT_AHEAD,
	SETTING_BOOT_EDITED,
	SETTING_BOOT_FAILURE,
	SETTING_BOOT_TERMINATION_LOG,
	SETTING_BOOT_REHEARSE,
	SETTING_REHEARSE_URL,
	SETTING_REHEARSE_SIZE,
	SETTING_REHEARSE_TIMEOUT,
	SETTING_BACKUP_ENABLED,
	SETTING_BACKUP_DIRECTORY,
	SETTING_BACKUP_FORMAT,
	SETTING_BACKUP_JOBS,
	SETTING_BACKUP_COMPRESS,
	SETTING_BACKUP_OPTIONS,
	SETTING_BACKUP_REUSE,
	SETTING_BACKUP_REUSE_WAL,
	SETTING_BACKUP_KEEP_LAST,
	SETTING_BACKUP_KEEP_DAILY,
	SETTING_BACKUP_KEEP_WEEKLY,
	SETTING_BACKUP_KEEP_MONTHLY,
	SETTING_BACKUP_KEEP_DAYS,
	SETTING_BACKUP_TIMEOUT,
	SETTING_BACKUP_VERIFY,
	SETTING_BACKUP_LOCK_TIMEOUT,
	SETTING_BACKUP_PG_DUMP,
	SETTING_BACKUP_PG_RESTORE,
	SETTING_BACKUP_UPLOAD,
	SETTING_BACKUP_UPLOAD_REQUIRED,
	SETTING_BACKUP_UPLOAD_TIMEOUT,
	SETTING_BACKUP_UPLOAD_STALL,
	SETTING_BACKUP_ENCRYPT,
	SETTING_BACKUP_DECRYPT,
	SETTING_TELEGRAM_TOKEN,
	SETTING_TELEGRAM_API,
	SETTING_TELEGRAM_CHAT,
	SETTING_TELEGRAM_SIZE,
	SETTING_TELEGRAM_SPLIT,
	SETTING_MODELS_SOURCE,
	SETTING_MODELS_PYTHON,
	SETTING_MODELS_SHADOW_URL,
	SETTING_MODELS_INCLUDE,
	SETTING_MODELS_EXCLUDE,
	SETTING_MODELS_DROP,
	SETTING_MODELS_GRANTS,
	SETTING_MODELS_SAFE,
	SETTING_NOTIFY_ON,
	SETTING_NOTIFY_TIMEOUT,
	SETTING_NOTIFY_SLACK_URL,
	SETTING_NOTIFY_HEALTHCHECKS_URL,
	SETTING_NOTIFY_WEBHOOK_URL,
	SETTING_NOTIFY_WEBHOOK_SECRET,
	SETTING_METRICS_DIRECTORY,
	SETTING_METRICS_PUSHGATEWAY,
	SETTING_LOG_FORMAT,
	SETTING_LOG_LEVEL,
	SETTING_COUNT
};

enum setting_type {
	SETTING_STRING,
	SETTING_PATH,		/* relative to the ini file where it stands in one */
	SETTING_BOOL,		/* on/off, true/false, yes/no, 1/0, in any case */
	SETTING_NUMBER,
	SETTING_DURATION,	/* text_to_ms */
	SETTING_SIZE,		/* text_to_bytes */
	SETTING_CHOICE
};

struct setting {
	const char *section, *key;
	enum setting_type type;
	const char *value;	/* default, NULL for none */
	const char *choices;	/* "a|b|c" for SETTING_CHOICE */
	bool secret;		/* passwords in it are masked wherever it is shown */
	bool command;		/* … and keys in this shell command */
	bool hidden;		/* all of it is */
	const char *help;
};

extern const struct setting config_settings[SETTING_COUNT];

struct config;

/* Where a value came from, for people: "--url", "DATABASE_URL", "migrate.ini:4", "default". */
struct origin {
	const char *name;
	long line;		/* 0 unless in a file */
};

/* Flags that were given, by setting; NULL where none was. */
struct config_flags {
	const char *config;			/* --config */
	const char *name;			/* --name: alembic.ini's section; NULL: alembic */
	const char *values[SETTING_COUNT];
};

/* Finds and reads the file, the environment and the flags, and checks every value that counts.
 * Errors are STATUS_CONFIG with file and line, or the variable's name; STATUS_USAGE with the flag's
 * name where the value of one is wrong. */
MUST_CHECK bool config_load(struct arena *arena, const struct config_flags *flags,
    const struct config **config, struct error *err);

/* Values. NULL where there is none. The types were checked by config_load. */
const char *config_string(const struct config *config, enum setting_id id);
bool config_bool(const struct config *config, enum setting_id id);
long config_number(const struct config *config, enum setting_id id);	/* ms for durations */
struct origin config_origin(const struct config *config, enum setting_id id);
const char *config_file(const struct config *config);			/* NULL: none was found */

/* The value as people and logs may see it: "***" in place of each password in a URL or in a
 * keyword connection string. NULL where there is no value. */
const char *config_shown(struct arena *arena, const struct config *config, enum setting_id id);

/* "MIGRATE_BACKUP_DIRECTORY" and "--backup-directory" for a setting. */
const char *config_variable(struct arena *arena, enum setting_id id);
const char *config_flag(struct arena *arena, enum setting_id id);

/* The setting of a flag, "--backup-directory", or -1. */
int config_find_flag(const char *flag);

#endif
