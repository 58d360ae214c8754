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
		.help = "the same database past a connection pooler; used instead of url",
	},
	[SETTING_DIRECTORY] = {
		.section = "migrate", .key = "directory",
		.type = SETTING_PATH, .value = "migrations",
		.help = "directory of the migration files",
	},
	[SETTING_VERSION_TABLE_SCHEMA] = {
		.section = "migrate", .key = "version_table_schema",
		.help = "schema of alembic_version and the journal; unset: by the search_path",
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
		.help = "what holds the lock; transaction: a connection of its own, behind a pooler",
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
	[SETTING_BACKUP_KEEP_LAST] = {
		.section = "backup", .key = "keep_last",
		.type = SETTING_NUMBER, .value = "5",
		.help = "how many backups to keep",
	},
	[SETTING_BACKUP_TIMEOUT] = {
		.section = "backup", .key = "timeout",
		.type = SETTING_DURATION, .value = "1h",
		.help = "how long taking and verifying a backup may last",
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

static bool unknown_section(const char *section, struct error *err)
{
	const char *sections[SETTING_COUNT];
	const char *nearest;

	for (size_t i = 0; i < SETTING_COUNT; i++)
		sections[i] = config_settings[i].section;
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
	bool known = false;

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (strcmp(config_settings[i].section, section) != 0)
			continue;
		known = true;
		if (!strcmp(config_settings[i].key, key)) {
			*id = (enum setting_id)i;
			return true;
		}
	}
	return known ? unknown_key(section, key, err) : unknown_section(section, err);
}

static bool check_bool(const char *value, long *number)
{
	static const char *const words[][2] = {
	    {"off", "on"},
	    {"false", "true"},
	    {"no", "yes"},
	    {"0", "1"},
	};

	for (size_t i = 0; i < COUNT(words); i++)
		for (long on = 0; on < 2; on++)
			if (!strcasecmp(value, words[i][on])) {
				*number = on;
				return true;
			}
	return false;
}

static bool check_choice(const char *choices, const char *value)
{
	size_t length = strlen(value);

	for (const char *at = choices; at != NULL; at = strchr(at, '|')) {
		at += *at == '|';
		if (length > 0 && strcspn(at, "|") == length && !strncmp(at, value, length))
			return true;
	}
	return false;
}

bool settings_check(enum setting_id id, const char *value, long *number)
{
	*number = 0;
	switch (config_settings[id].type) {
	case SETTING_STRING:
	case SETTING_PATH: return true;
	case SETTING_BOOL: return check_bool(value, number);
	case SETTING_NUMBER: return text_to_long(value, number);
	case SETTING_DURATION: return text_to_ms(value, number);
	case SETTING_CHOICE: return check_choice(config_settings[id].choices, value);
	}
	return false;
}

const char *settings_expected(struct arena *arena, enum setting_id id)
{
	static const char *const expected[] = {
	    [SETTING_STRING] = "text",
	    [SETTING_PATH] = "a path",
	    [SETTING_BOOL] = "on or off",
	    [SETTING_NUMBER] = "a whole number",
	    [SETTING_DURATION] = "a duration such as 500ms, 30s, 5m or 1h",
	};
	const struct setting *setting = &config_settings[id];
	struct names choices;

	if (setting->type != SETTING_CHOICE)
		return expected[setting->type];
	choices = names_split(arena, setting->choices, "|");
	return arena_printf(arena, "one of %s", names_join(arena, &choices, ", "));
}

/* user:password@ */
static const char *mask_userinfo(struct arena *arena, const char *value)
{
	const char *scheme = strstr(value, "://");
	const char *user = scheme != NULL ? scheme + 3 : value;
	const char *colon = strchr(user, ':');
	const char *at = strrchr(user, '@');

	if (colon == NULL || at == NULL || at < colon)
		return value;
	return arena_printf(arena, "%.*s:***%s", (int)(colon - value), value, at);
}

/* Where the value of a parameter in keyword form ends: libpq's conninfo_parse. */
static const char *keyword_end(const char *at)
{
	bool quoted = *at == '\'';

	for (at += quoted; *at != '\0'; at++) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		else if (quoted && *at == '\'')
			return at + 1;
		else if (!quoted && strchr(" \t\r\n\f\v", *at) != NULL)
			return at;
	}
	return at;
}

/* The '=' of the next parameter whose name ends in a word for secrets, or NULL. */
static const char *next_secret(const char *value)
{
	static const char *const words[] = {"password", "secret"};

	for (const char *equals = value; (equals = strchr(equals, '=')) != NULL; equals++) {
		const char *end = equals;

		while (end > value && strchr(" \t\r\n\f\v", end[-1]) != NULL)
			end--;
		for (size_t i = 0; i < COUNT(words); i++) {
			size_t length = strlen(words[i]);

			if ((size_t)(end - value) >= length
			    && !strncasecmp(end - length, words[i], length))
				return equals;
		}
	}
	return NULL;
}

const char *settings_mask(struct arena *arena, const char *value)
{
	struct text out = {.arena = arena};
	const char *equals, *at = mask_userinfo(arena, value);
	bool url = strstr(at, "://") != NULL;

	while ((equals = next_secret(at)) != NULL) {
		text_add_bytes(&out, at, (size_t)(equals + 1 - at));
		text_add(&out, "***");
		at = equals + 1;
		at += url ? strcspn(at, "&") : strspn(at, " \t\r\n\f\v");
		if (!url)
			at = keyword_end(at);
	}
	text_add(&out, at);
	return text_string(&out);
}
