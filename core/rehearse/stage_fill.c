#include "core/rehearse/stage_fill.h"

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
#include "core/rehearse/stage_refresh.sql.h"

#define PIECE ((size_t)1 << 16) /* bytes that are sent at once */

/* Statements that stand next to each other. */
struct piece_of_sql {
	const struct statement *first;
	size_t count;
};

/* Owners and grants mean something on the same server only, where the roles are. A subscription
 * would keep the database from being dropped. */
static const char *const *arguments(
    struct arena *arena, const struct stage *stage, const struct tool *tool)
{
	bool elsewhere = config_string(stage->config, SETTING_REHEARSE_URL) != NULL;
	struct names words = {0};

	names_add(arena, &words, tool->path);
	names_add(arena, &words, "--schema-only");
	names_add(arena, &words, "--no-subscriptions");
	names_add(arena, &words, "--no-tablespaces");
	if (elsewhere) {
		names_add(arena, &words, "--no-owner");
		names_add(arena, &words, "--no-privileges");
	}
	if (stage->backup != NULL) {
		names_add(arena, &words, "--file=-");
		names_add(arena, &words, stage->backup->archive);
	} else {
		names_add(arena, &words, "--no-password");
		names_add(arena, &words,
		    arena_printf(arena, "--lock-wait-timeout=%ld",
			config_number(stage->config, SETTING_BACKUP_LOCK_TIMEOUT)));
	}
	names_add(arena, &words, NULL);
	return words.items;
}

MUST_CHECK static bool find_tool(
    struct arena *arena, const struct stage *stage, struct tool *tool, struct error *err)
{
	int version = session_server_version(stage->live->session);
	const struct tool_search search = {
	    .name = "pg_dump",
	    .setting = config_string(stage->config, SETTING_BACKUP_PG_DUMP),
	    .major = version / 10000,
	    .because = arena_printf(arena, "the server has version %d", version / 10000),
	    .by = stage->by,
	};

	if (stage->backup == NULL)
		return tool_find(arena, &search, tool, err);
	return verify_tool(arena, config_string(stage->config, SETTING_BACKUP_PG_RESTORE), NULL,
	    stage->backup->tool_version, stage->by, tool, err);
}

MUST_CHECK static bool read_schema(
    struct arena *arena, const struct stage *stage, char **sql, struct error *err)
{
	struct process process = {.by = stage->by};
	const char *const *env;
	const char *output;
	struct tool tool;

	if (!find_tool(arena, stage, &tool, err))
		return false;
	process.argv = arguments(arena, stage, &tool);
	guc_environment(arena, &stage->live->conninfo, stage->live->session, &env, &process.unset);
	process.env = env;
	if (!process_run(arena, &process, &output, err))
		return false;
	*sql = toc_strip_restrict(arena_strdup(arena, output));
	return true;
}

/* Each by itself, leaving out what fails. */
MUST_CHECK static bool load_singly(
    struct stage *stage, const struct piece_of_sql *piece, struct error *err)
{
	struct session *session = stage->database.session;

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
		if (stage->missing++ == 0)
			stage->missed = arena_strdup(stage->database.arena, err->message);
	}
	return true;
}

MUST_CHECK static bool load_piece(
    struct arena *arena, struct stage *stage, const struct piece_of_sql *piece, struct error *err)
{
	const struct statement *last = &piece->first[piece->count - 1];
	size_t length = (size_t)(last->sql + last->length - piece->first->sql);

	if (session_run(
		stage->database.session, arena_strndup(arena, piece->first->sql, length), err))
		return true;
	return !session_lost(stage->database.session) && stop_signal() == 0
	       && load_singly(stage, piece, err);
}

/* In pieces, each of which is a transaction: hundreds of tables take a fraction of the time, and no
 * more locks than a server has room for. */
MUST_CHECK static bool load(struct stage *stage, const char *sql, struct error *err)
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
			loaded
			    = load_piece(&scratch, stage, &piece, err) && stage_goes_on(stage, err);
			piece.count = 0;
			arena_reset(&scratch);
		}
	}
	arena_free(&scratch);
	return loaded;
}

/* If [backup] verify is restore, this is that, too. */
MUST_CHECK static bool restore_all(struct arena *arena, struct stage *stage, struct error *err)
{
	struct manifest manifest = *stage->backup;
	struct proof proof = {
	    .arena = arena,
	    .config = stage->config,
	    .manifest = &manifest,
	    .scratch = &stage->database,
	    .by = stage->by,
	};
	struct error why = {0};

	if (!prove_fill(&proof, err))
		return false;
	stage->missing = proof.left.count;
	stage->missed = proof.left.count > 0 ? proof.left.items[0].reason : NULL;
	if (prove_is_wanted(stage->config) && !prove_judge(&proof, &why) && !stop_asked(err))
		log_debug("backup: %s", why.message);
	return stop_signal() == 0 || !stop_asked(err);
}

bool stage_fill(struct arena *arena, struct stage *stage, struct error *err)
{
	char *sql;

	if (stage->empty)
		return true;
	/* Where a dump without tablespaces leaves it, a partitioned table refuses the database's
	 * own. */
	if (!(stage->data
		    ? restore_all(arena, stage, err)
		    : read_schema(arena, stage, &sql, err)
			  && session_run(
			      stage->database.session, "SET default_tablespace = ''", err)
			  && load(stage, sql, err)
			  && session_run(stage->database.session, sql_rehearse_stage_refresh, err)))
		return false;
	if (stage->missing > 0)
		log_warn(
		    "the scratch database lacks %zu things of the schema, the first because: %s",
		    stage->missing, stage->missed);
	return true;
}
