#include "core/apply/database.h"

#include <string.h>

#include "core/apply/direct.h"
#include "core/apply/writable.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/revision/plan.h"

#define CONNECT_TIMEOUT 10000 /* ms, for the everyday commands */
#define AGAIN_MS 100

static const struct manner {
	bool waits, reads;
} manners[] = {
    [DATABASE_NOW] = {.reads = true},
    [DATABASE_CHANGE] = {.reads = false},
    [DATABASE_WAIT] = {.waits = true, .reads = true},
    [DATABASE_BOOT] = {.waits = true},
};

struct probe {
	struct arena scratch; /* of the last answer */
	struct version version;
	const struct conninfo *conninfo;
	const char *schema; /* [migrate] version_table_schema */
	struct manner manner;
	bool socket_only;
};

/* Where it is not waited for a primary in vain. */
static bool standby_will_do(const struct probe *asked)
{
	return !asked->manner.waits
	       || (asked->manner.reads
		   && role_rank(asked->conninfo->attributes, ROLE_STANDBY) == 0);
}

static bool refuse_standby(const struct probe *asked, struct error *err)
{
	role_refuse(ROLE_STANDBY, err);
	err->status = STATUS_UNREACHABLE;
	return asked->manner.reads
	       && error_hint(err,
		   "Name every server of the cluster in %s: migrate finds the primary. If the "
		   "application only reads, accept a standby: "
		   "target_session_attrs=any.",
		   asked->conninfo->origin);
}

/* Ready is: the version table was read. So a normal start asks no second question. */
static bool probe(struct session *session, void *context, struct error *err)
{
	struct probe *asked = context;

	arena_reset(&asked->scratch);
	if (!version_read(session, &asked->scratch, asked->schema, &asked->version, err))
		return false;
	if (asked->version.standby && !standby_will_do(asked))
		return refuse_standby(asked, err);
	/* The official image first starts a server for its own set-up, on the socket alone. */
	if (asked->manner.waits && !asked->version.listening && !asked->socket_only
	    && session_host(session)->host[0] == '/') {
		error_set(err, STATUS_UNREACHABLE, "the server listens on no TCP address yet");
		return error_hint(err, "If it never will, say so: MIGRATE_WAIT_SOCKET_ONLY=on.");
	}
	return true;
}

bool database_conninfo(
    struct arena *arena, const struct config *config, struct conninfo *conninfo, struct error *err)
{
	bool direct = config_string(config, SETTING_DIRECT_URL) != NULL;
	enum setting_id url = direct ? SETTING_DIRECT_URL : SETTING_URL;
	struct origin origin = config_origin(config, url);
	const char *where = origin.line > 0
				? arena_printf(arena, "%s:%ld", origin.name, origin.line)
				: origin.name;

	if (!conninfo_parse(arena, config_string(config, url), where, conninfo, err))
		return false;
	conninfo->pooled = direct_is_missing(config);
	return true;
}

static bool probe_nothing(struct session *session, void *context, struct error *err)
{
	(void)session;
	(void)context;
	(void)err;
	return true;
}

bool database_connect(const struct conninfo *conninfo, struct session **session, struct error *err)
{
	const struct wait wait
	    = {.by = deadline_in(CONNECT_TIMEOUT), .once = true, .probe = probe_nothing};

	return wait_session(conninfo, &wait, session, err);
}

/* A command that writes is told why it cannot; of the others, who reads should know of what. */
MUST_CHECK static bool accept(
    enum patience patience, const struct database *database, struct error *err)
{
	const char *name = conninfo_host_name(database->arena, session_host(database->session));

	if (patience == DATABASE_CHANGE && database->role == ROLE_STANDBY)
		return writable_expect(database, err);
	if (database->role == ROLE_STANDBY)
		log_info("%s is a standby, in recovery: it may lag behind its primary", name);
	if (database->role == ROLE_READ_ONLY)
		log_warn("%s is read-only: default_transaction_read_only is on", name);
	return true;
}

MUST_CHECK static bool open_within(const struct config *config, enum patience patience,
    struct probe *context, struct database *opened, struct error *err)
{
	bool waits = context->manner.waits;
	struct wait wait = {
	    .by
	    = deadline_in(waits ? config_number(config, SETTING_WAIT_TIMEOUT) : CONNECT_TIMEOUT),
	    .once = !waits,
	    .reads = context->manner.reads,
	    .database_grace = config_number(config, SETTING_WAIT_DATABASE_GRACE),
	    .probe = probe,
	    .context = context,
	    .role = &opened->role,
	};

	if (!wait_session(&opened->conninfo, &wait, &opened->session, err))
		return false;
	opened->version = version_copy(opened->arena, &context->version);
	if (accept(patience, opened, err))
		return true;
	database_close(opened);
	return false;
}

bool database_open(struct arena *arena, const struct config *config, enum patience patience,
    struct database *database, struct error *err)
{
	struct database opened = {.arena = arena};
	struct probe context = {
	    .conninfo = &opened.conninfo,
	    .schema = config_string(config, SETTING_VERSION_TABLE_SCHEMA),
	    .manner = manners[patience],
	    .socket_only = config_bool(config, SETTING_WAIT_SOCKET_ONLY),
	};
	bool ok = database_conninfo(arena, config, &opened.conninfo, err)
		  && open_within(config, patience, &context, &opened, err);

	arena_free(&context.scratch);
	if (ok)
		*database = opened;
	return ok;
}

void database_close(struct database *database)
{
	session_close(database->locker);
	session_close(database->session);
	database->session = database->locker = NULL;
}

/* Through a pooler the answer may come from a session that somebody left without a search_path, and
 * the next one from another. */
MUST_CHECK static bool read_again(
    const struct config *config, struct database *database, struct deadline by, struct error *err)
{
	const char *schema = config_string(config, SETTING_VERSION_TABLE_SCHEMA);

	while (!version_read(database->session, database->arena, schema, &database->version, err)) {
		if (!version_is_hidden(err) || deadline_passed(by))
			return false;
		if (!deadline_sleep(deadline_within(by, AGAIN_MS)))
			return stop_asked(err) && false;
	}
	return true;
}

MUST_CHECK static bool take_lock(const struct config *config, struct database *database,
    const struct lock_look *look, struct error *err)
{
	struct deadline by = deadline_in(config_number(config, SETTING_LOCK_TIMEOUT));
	struct lock_wait wait = {.by = by, .look = look, .around = direct_lock_hint(config)};
	bool apart = strcmp(config_string(config, SETTING_LOCK_MODE), "transaction") == 0;

	if (apart
	    && !session_open(&database->conninfo, session_host(database->session),
		deadline_within(by, CONNECT_TIMEOUT), &database->locker, err))
		return error_prefix(err, "cannot open the connection for the lock");
	if (apart)
		session_keep_nothing(database->session);
	wait.mode = apart ? LOCK_TRANSACTION : LOCK_SESSION;
	return lock_acquire(
		   apart ? database->locker : database->session, &wait, &database->locked, err)
	       && read_again(config, database, by, err);
}

bool database_lock(const struct config *config, struct database *database,
    const struct lock_look *look, struct error *err)
{
	if (!writable_expect(database, err))
		return false;
	trace_begin(database->trace, "lock");
	return trace_end(database->trace, take_lock(config, database, look, err));
}

void database_unlock(struct database *database)
{
	if (database->locked)
		lock_release(database->locker != NULL ? database->locker : database->session);
	database->locked = false;
	session_close(database->locker);
	database->locker = NULL;
}

/* "bbbb (applied 2026-11-22 10:04:00+00:00 by bot on db1)" for each; the journal may not know. */
static const char *describe(
    struct arena *arena, const struct database *database, const struct names *unknown)
{
	struct text out = {.arena = arena};
	struct journal journal;
	struct error ignored;

	if (!journal_read(database->session, arena, &database->version, &journal, &ignored))
		return names_join(arena, unknown, ", ");
	for (size_t i = 0; i < unknown->count; i++) {
		const struct journal_record *record = journal_find(&journal, unknown->items[i]);

		text_printf(&out, "%s%s", i > 0 ? ", " : "", unknown->items[i]);
		if (record != NULL)
			text_printf(&out, " (applied %s by %s)", record->at, record->by);
	}
	return text_string(&out);
}

bool database_current(struct arena *arena, const struct database *database,
    const struct graph *graph, struct nodes *current, struct error *err)
{
	const struct names *heads = &database->version.heads;
	struct names unknown = plan_unknown(arena, graph, heads);
	struct nodes found = {.items = arena_array(arena, heads->count, sizeof(*found.items))};

	if (unknown.count > 0) {
		error_set(err, STATUS_AHEAD, "Can't locate revision identified by '%s'",
		    unknown.items[0]);
		error_detail(err, "the database is at a revision that no file in %s has: %s",
		    graph->directory, describe(arena, database, &unknown));
		return error_hint(err, "Use the image or checkout that has this revision; `migrate "
				       "history` lists what is here.");
	}
	for (size_t i = 0; i < heads->count; i++)
		found.items[found.count++] = graph_find(graph, heads->items[i]);
	*current = found;
	return true;
}
