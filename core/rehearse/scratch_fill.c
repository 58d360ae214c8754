#include "core/rehearse/scratch_fill.h"

#include <string.h>

#include "core/backup/toc.h"
#include "core/backup/verify.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/process.h"
#include "core/base/stop.h"
#include "core/pg/guc.h"
#include "core/pg/scan.h"
#include "core/pg/token_match.h"
#include "core/rehearse/prove.h"
#include "core/rehearse/scratch_refresh.sql.h"

#define PIECE ((size_t)1 << 16) /* bytes that are sent at once */

/* Statements that stand next to each other. */
struct piece_of_sql {
	const struct statement *first;
	size_t count;
};

/* Owners and grants mean something on the same server only, where the roles are. A subscription
 * would keep the database from being dropped. */
static const char *const *arguments(
    struct arena *arena, const struct scratch_db *scratch_db, const struct tool *tool)
{
	bool elsewhere = config_string(scratch_db->config, SETTING_REHEARSE_URL) != NULL;
	struct names words = {0};

	names_add(arena, &words, tool->path);
	names_add(arena, &words, "--schema-only");
	names_add(arena, &words, "--no-subscriptions");
	names_add(arena, &words, "--no-tablespaces");
	if (elsewhere) {
		names_add(arena, &words, "--no-owner");
		names_add(arena, &words, "--no-privileges");
	}
	if (scratch_db->backup != NULL) {
		names_add(arena, &words, "--file=-");
		names_add(arena, &words, scratch_db->backup->archive);
	} else {
		names_add(arena, &words, "--no-password");
		names_add(arena, &words,
		    arena_printf(arena, "--lock-wait-timeout=%ld",
			config_number(scratch_db->config, SETTING_BACKUP_LOCK_TIMEOUT)));
	}
	names_add(arena, &words, NULL);
	return words.items;
}

MUST_CHECK static bool find_tool(
    struct arena *arena, const struct scratch_db *scratch_db, struct tool *tool, struct error *err)
{
	int version = session_server_version(scratch_db->live->session);
	const struct tool_search search = {
	    .name = "pg_dump",
	    .setting = config_string(scratch_db->config, SETTING_BACKUP_PG_DUMP),
	    .major = version / 10000,
	    .because = arena_printf(arena, "the server has version %d", version / 10000),
	    .by = scratch_db->by,
	};

	if (scratch_db->backup == NULL)
		return tool_find(arena, &search, tool, err);
	return verify_tool(arena, config_string(scratch_db->config, SETTING_BACKUP_PG_RESTORE),
	    NULL, scratch_db->backup->tool_version, scratch_db->by, tool, err);
}

MUST_CHECK static bool read_schema(
    struct arena *arena, const struct scratch_db *scratch_db, char **sql, struct error *err)
{
	struct process process = {.by = scratch_db->by};
	const char *const *env;
	const char *output;
	struct tool tool;

	if (!find_tool(arena, scratch_db, &tool, err))
		return false;
	process.argv = arguments(arena, scratch_db, &tool);
	guc_environment(
	    arena, &scratch_db->live->conninfo, scratch_db->live->session, &env, &process.unset);
	process.env = env;
	if (!process_run(arena, &process, &output, err))
		return false;
	*sql = toc_strip_restrict(arena_strdup(arena, output));
	return true;
}

/* Each by itself, leaving out what fails. */
MUST_CHECK static bool load_singly(
    struct scratch_db *scratch_db, const struct piece_of_sql *piece, struct error *err)
{
	struct session *session = scratch_db->database.session;

	for (size_t i = 0; i < piece->count; i++) {
		const struct statement *statement = &piece->first[i];
		const struct session_statement sent
		    = {.sql = statement->sql, .length = statement->length, .line = statement->line};

		if (session_execute(session, &sent, err))
			continue;
		if (session_lost(session) || stop_signal() != 0)
			return false;
		log_debug("not in the scratch database: %s: %s", err->message, err->statement);
		if (token_match(statement->sql, statement->length, "SET"))
			continue;
		if (scratch_db->missing++ == 0)
			scratch_db->missed = arena_strdup(scratch_db->database.arena, err->message);
	}
	return true;
}

MUST_CHECK static bool load_piece(struct arena *arena, struct scratch_db *scratch_db,
    const struct piece_of_sql *piece, struct error *err)
{
	const struct statement *last = &piece->first[piece->count - 1];
	size_t length = (size_t)(last->sql + last->length - piece->first->sql);

	if (session_run(
		scratch_db->database.session, arena_strndup(arena, piece->first->sql, length), err))
		return true;
	return !session_lost(scratch_db->database.session) && stop_signal() == 0
	       && load_singly(scratch_db, piece, err);
}

/* In pieces, each of which is a transaction: hundreds of tables take a fraction of the time, and no
 * more locks than a server has room for. */
MUST_CHECK static bool load(struct scratch_db *scratch_db, const char *sql, struct error *err)
{
	struct scan scan = scan_start("the schema", sql, strlen(sql), 1);
	struct arena scratch = {0};
	struct statement some[256];
	struct piece_of_sql piece = {.first = some};
	bool loaded = true, more = true;

	while (loaded && more) {
		loaded = scan_next(&scan, &some[piece.count], err);
		more = loaded && some[piece.count].sql != NULL;
		piece.count += more;
		if (loaded && piece.count > 0
		    && (!more || piece.count == COUNT(some)
			|| (size_t)(scan.at - some[0].sql) > PIECE)) {
			loaded = load_piece(&scratch, scratch_db, &piece, err)
				 && scratch_db_goes_on(scratch_db, err);
			piece.count = 0;
			arena_reset(&scratch);
		}
	}
	arena_free(&scratch);
	return loaded;
}

/* If [backup] verify is restore, this is that, too. */
MUST_CHECK static bool restore_all(
    struct arena *arena, struct scratch_db *scratch_db, struct error *err)
{
	struct manifest manifest = *scratch_db->backup;
	struct proof proof = {
	    .arena = arena,
	    .config = scratch_db->config,
	    .manifest = &manifest,
	    .scratch = &scratch_db->database,
	    .by = scratch_db->by,
	};
	struct error why = {0};

	if (!prove_fill(&proof, err))
		return false;
	scratch_db->missing = proof.left.count;
	scratch_db->missed = proof.left.count > 0 ? proof.left.items[0].reason : NULL;
	if (prove_is_wanted(scratch_db->config) && !prove_judge(&proof, &why) && !stop_asked(err))
		log_debug("backup: %s", why.message);
	return stop_signal() == 0 || !stop_asked(err);
}

bool stage_fill(struct arena *arena, struct scratch_db *scratch_db, struct error *err)
{
	char *sql;

	if (scratch_db->empty)
		return true;
	/* Where a dump without tablespaces leaves it, a partitioned table refuses the database's
	 * own. */
	if (!(scratch_db->data ? restore_all(arena, scratch_db, err)
			       : read_schema(arena, scratch_db, &sql, err)
				     && session_run(scratch_db->database.session,
					 "SET default_tablespace = ''", err)
				     && load(scratch_db, sql, err)
				     && session_run(scratch_db->database.session,
					 sql_rehearse_scratch_refresh, err)))
		return false;
	if (scratch_db->missing > 0)
		log_warn(
		    "the scratch database lacks %zu things of the schema, the first because: %s",
		    scratch_db->missing, scratch_db->missed);
	return true;
}
