#include "core/pg/guc.h"

#include <string.h>

#include "core/base/text.h"

/* What a server of another kind would refuse. */
#define ANYWHERE "true"
#define ON_LINUX "pg_catalog.textregexeq(pg_catalog.version(), 'linux')"

enum scope {
	ALWAYS,
	OURS /* not for a migration's statements */
};

static const struct setting {
	const char *name, *value;
	enum scope scope;
	const char *where;
	const char *child; /* another value for pg_dump and the like; NULL: the same */
} settings[] = {
    /* A client that has vanished is noticed after 20 s, or 2 s where its server says that it is
     * gone. tcp_user_timeout counts a client that does not read as well: pg_dump may wait for its
     * disk. */
    {"tcp_keepalives_idle", "10", ALWAYS, ANYWHERE, NULL},
    {"tcp_keepalives_interval", "5", ALWAYS, ANYWHERE, NULL},
    {"tcp_keepalives_count", "3", ALWAYS, ANYWHERE, NULL},
    {"tcp_user_timeout", "20s", ALWAYS, ANYWHERE, "1min"},
    {"client_connection_check_interval", "2s", ALWAYS, ON_LINUX, NULL},
    /* It waits, for a backup or an upload, with the lock that it holds. */
    {"idle_session_timeout", "0", ALWAYS, ANYWHERE, NULL},
    {"idle_in_transaction_session_timeout", "0", ALWAYS, ANYWHERE, NULL},
    {"exit_on_error", "off", ALWAYS, ANYWHERE, NULL},

    /* What ends our statements. */
    {"statement_timeout", "0", OURS, ANYWHERE, NULL},
    {"transaction_timeout", "0", OURS, ANYWHERE, NULL},
    {"lock_timeout", "0", OURS, ANYWHERE, NULL},
    {"default_transaction_isolation", "read committed", OURS, ANYWHERE, NULL},
    {"default_transaction_deferrable", "off", OURS, ANYWHERE, NULL},
    {"vacuum_cost_delay", "0", OURS, ANYWHERE, NULL},
    {"restrict_nonsystem_relation_kind", "", OURS, ANYWHERE, NULL},
    {"row_security", "on", OURS, ANYWHERE, NULL},
    /* What they mean. */
    {"standard_conforming_strings", "on", OURS, ANYWHERE, NULL},
    {"array_nulls", "on", OURS, ANYWHERE, NULL},
    {"transform_null_equals", "off", OURS, ANYWHERE, NULL},
    /* What they answer. */
    {"quote_all_identifiers", "off", OURS, ANYWHERE, NULL},
    {"DateStyle", "ISO", OURS, ANYWHERE, NULL}, /* a date as it is read stays the role's */
    {"IntervalStyle", "postgres", OURS, ANYWHERE, NULL},
    {"bytea_output", "hex", OURS, ANYWHERE, NULL},
    {"extra_float_digits", "1", OURS, ANYWHERE, NULL},
    {"xmloption", "content", OURS, ANYWHERE, NULL},
    {"xmlbinary", "base64", OURS, ANYWHERE, NULL},
    {"client_min_messages", "notice", OURS, ANYWHERE, NULL},
    /* How long they take. */
    {"jit", "off", OURS, ANYWHERE, NULL},
};

static void add_values(struct text *sql, const char *separator, const struct setting *setting)
{
	text_printf(
	    sql, "%s('%s', '%s', %s)", separator, setting->name, setting->value, setting->where);
}

/* FROM and WHERE of those that the server knows and takes, as s (name, value, takes). */
static const char *source(struct arena *arena, bool ours)
{
	struct text sql = {.arena = arena};
	const char *separator = "";

	text_add(&sql, " FROM (VALUES ");
	for (size_t i = 0; i < COUNT(settings); i++) {
		if (settings[i].scope == OURS && !ours)
			continue;
		add_values(&sql, separator, &settings[i]);
		separator = ", ";
	}
	text_add(&sql, ") AS s (name, value, takes) WHERE s.takes AND "
		       "pg_catalog.current_setting(s.name, true) IS NOT NULL");
	return text_string(&sql);
}

const char *guc_own(struct arena *arena, const struct session *session, bool local)
{
	(void)session;
	return arena_printf(arena, "SELECT pg_catalog.set_config(s.name, s.value, %s)%s",
	    local ? "true" : "false", source(arena, false));
}

const char *guc_all(struct arena *arena, const struct session *session, bool local)
{
	const char *same = arena_printf(arena, "pg_catalog.int4eq(pg_catalog.pg_backend_pid(), %d)",
	    session_backend_pid(session));

	return arena_printf(arena,
	    "SELECT s.name, %s, pg_catalog.set_config(s.name, s.value, %s%s)%s", same,
	    local ? "true OR NOT " : "NOT ", same, source(arena, true));
}

static const char *option_of(const struct conninfo *conninfo, const char *keyword)
{
	for (size_t i = 0; conninfo->keywords[i] != NULL; i++)
		if (strcmp(conninfo->keywords[i], keyword) == 0)
			return conninfo->values[i];
	return NULL;
}

/* "-c name=value …"; a space within a value needs a backslash. */
static void add_options(struct text *options, const struct names *taken)
{
	for (size_t i = 0; i < COUNT(settings); i++) {
		const struct setting *setting = &settings[i];
		const char *value = setting->child != NULL ? setting->child : setting->value;

		if (!names_has(taken, setting->name))
			continue;
		text_printf(options, "%s-c %s=", options->length > 0 ? " " : "", setting->name);
		for (; *value != '\0'; value++)
			text_printf(options, *value == ' ' ? "\\%c" : "%c", *value);
	}
}

/* Those of the conninfo, with these options instead of its own. */
static struct conninfo with_options(
    struct arena *arena, const struct conninfo *conninfo, const char *options)
{
	struct conninfo with = *conninfo;
	struct names keywords = {0}, values = {0};

	for (size_t i = 0; conninfo->keywords[i] != NULL; i++) {
		if (strcmp(conninfo->keywords[i], "options") == 0)
			continue;
		names_add(arena, &keywords, conninfo->keywords[i]);
		names_add(arena, &values, conninfo->values[i]);
	}
	names_add(arena, &keywords, "options");
	names_add(arena, &values, options);
	names_add(arena, &keywords, NULL);
	names_add(arena, &values, NULL);
	with.keywords = keywords.items;
	with.values = values.items;
	return with;
}

void guc_environment(struct arena *arena, const struct conninfo *conninfo,
    const struct session *session, const char *const **env, const char *const **unset)
{
	const char *given = option_of(conninfo, "options");
	struct text options = {.arena = arena};
	struct conninfo child = *conninfo;

	text_add(&options, given != NULL ? given : "");
	if (!session_pooled(session)) {
		add_options(&options, session_taken(session));
		child = with_options(arena, conninfo, text_string(&options));
	}
	conninfo_environment(arena, &child, session_host(session), env, unset);
}
