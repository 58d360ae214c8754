#include "core/run/swap.h"

#include <ctype.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/base/text.h"
#include "core/run/restore_free.sql.h"
#include "core/run/restore_terminate.sql.h"
#include "core/run/swap_look.sql.h"

#define NAME_LENGTH 60 /* of an identifier, less what restore_free.sql adds */
#define DIGEST 8 /* hexadecimal digits of a name that is cut, so that no two are the same */
#define SWAP_MS 30000
#define UNSWAPPED                                                                                  \
	"new" /* the word in the name of a copy that could not be renamed to the target's */

static const char *dated(struct arena *arena, const char *name, const char *what)
{
	const char *now = clock_compact(arena);
	const char *end
	    = arena_printf(arena, "_%s_%.8s_%.6s", what, now, now + strlen("20261122T"));
	size_t most = NAME_LENGTH - strlen(end), length = strlen(name);
	struct hash *hash;
	char hex[HASH_HEX_SIZE];

	if (length <= most)
		return arena_printf(arena, "%s%s", name, end);
	hash = hash_new();
	hash_add(hash, name, length);
	hash_end(hash, hex);
	/* Not in the middle of a character. */
	length = most - DIGEST - 1;
	while (length > 0 && ((unsigned char)name[length] & 0xC0) == 0x80)
		length--;
	return arena_printf(arena, "%.*s_%.*s%s", (int)length, name, DIGEST, hex, end);
}

/* Two may begin in one second. */
bool swap_name(const struct swap *swap, const char *what, const char **name, struct error *err)
{
	const char *const params[] = {dated(swap->arena, swap->target, what)};
	const struct query query
	    = {.sql = sql_run_restore_free, .params = params, .param_count = 1};
	struct rows rows;

	if (!session_query(swap->session, swap->arena, &query, &rows, err))
		return false;
	*name = rows.count > 0 ? rows_get(&rows, 0, 0) : params[0];
	return true;
}

bool swap_expect_kept(const struct swap *swap, const char *name, struct error *err)
{
	static const char *const whats[] = {"old", UNSWAPPED};

	for (size_t i = 0; i < COUNT(whats); i++) {
		const char *like = dated(swap->arena, swap->target, whats[i]);
		size_t length = strlen(like) - strlen("20261122_170405");

		if (strncmp(name, like, length) == 0 && isdigit((unsigned char)name[length]))
			return true;
	}
	error_set(err, STATUS_BACKUP, "'%s' is not a database that a swap of %s has kept", name,
	    swap->target);
	return error_hint(err,
	    "The swap printed its name, which begins with %s_old_. For another database's place, "
	    "name that with --to. To put a backup in its place: migrate restore --swap",
	    swap->target);
}

bool swap_check(struct swap *swap, struct error *err)
{
	const char *const params[] = {swap->target, swap->drop ? "t" : "f"};
	const struct query query
	    = {.sql = sql_run_swap_look, .params = params, .param_count = COUNT(params)};
	struct text detail = {.arena = swap->arena};
	struct rows rows;

	if (!session_query(swap->session, swap->arena, &query, &rows, err))
		return false;
	swap->staying = (struct names){0};
	for (size_t i = 0; i < rows.count; i++) {
		if (rows_get(&rows, i, 0)[0] == 't')
			text_printf(&detail, "%s%s: %s", detail.length > 0 ? "\n" : "",
			    rows_get(&rows, i, 1), rows_get(&rows, i, 2));
		else
			names_add(swap->arena, &swap->staying, rows_get(&rows, i, 1));
	}
	if (detail.length == 0)
		return true;
	error_set(err, STATUS_BACKUP, "database %s cannot be %s yet", swap->target,
	    swap->drop ? "dropped" : "renamed");
	return error_detail(err, "%s", text_string(&detail));
}

static const char *quoted(const struct swap *swap, const char *name)
{
	return session_identifier(swap->session, swap->arena, name);
}

/* Both renames commit together. An application that connects again between the end of its session
 * and the rename is ended again: once the rename has its lock, nobody can connect. */
MUST_CHECK static bool exchange(struct swap *swap, const char *sql, struct error *err)
{
	const char *const params[] = {swap->target};
	const struct query end
	    = {.sql = sql_run_restore_terminate, .params = params, .param_count = 1};
	const char *whole = arena_printf(swap->arena, "BEGIN; %s COMMIT;", sql);
	struct deadline by = deadline_in(SWAP_MS);

	for (;;) {
		if (!session_query(swap->session, swap->arena, &end, NULL, err))
			return false;
		if (session_run(swap->session, whole, err))
			return true;
		session_rollback(swap->session);
		if (strcmp(err->sqlstate, "55006") == 0 && !swap_check(swap, err))
			return false; /* it came meanwhile, and will not go by itself */
		if (strcmp(err->sqlstate, "55006") != 0 || deadline_passed(by))
			return error_prefix(err, "cannot rename database %s", swap->target);
	}
}

static const char *exchange_command(const struct swap *swap, const char *from, const char *kept)
{
	return arena_printf(swap->arena,
	    "ALTER DATABASE %s RENAME TO %s; ALTER DATABASE %s RENAME TO %s;",
	    quoted(swap, swap->target), quoted(swap, kept), quoted(swap, from),
	    quoted(swap, swap->target));
}

/* The work of an hour is not thrown away because somebody was connected. */
static void keep_copy(struct swap *swap, struct error *err)
{
	const char *name, *sql;
	struct error why = {0};

	if (swap->named || stop_signal() != 0 || !swap_name(swap, UNSWAPPED, &name, &why))
		return;
	sql = arena_printf(swap->arena, "ALTER DATABASE %s RENAME TO %s", quoted(swap, swap->fresh),
	    quoted(swap, name));
	if (!session_run(swap->session, sql, &why))
		return;
	swap->named = true;
	error_hint(err,
	    "The restored database is complete, and is named %s. Disconnect everybody from %s, "
	    "then: migrate restore --back %s",
	    name, swap->target, text_shell(swap->arena, name));
}

bool swap_run(struct swap *swap, const char **kept, struct error *err)
{
	const char *old;
	struct error why = {0};

	if (!swap_name(swap, "old", &old, err))
		return false;
	if (!exchange(swap, exchange_command(swap, swap->fresh, old), err)) {
		keep_copy(swap, err);
		return false;
	}
	for (size_t i = 0; i < swap->staying.count; i++)
		log_warn("restore: %s stays with database %s", swap->staying.items[i], old);
	*kept = old;
	if (!swap->drop)
		return true;
	if (session_run(swap->session,
		arena_printf(swap->arena, "DROP DATABASE %s", quoted(swap, old)), &why))
		*kept = NULL;
	else
		log_warn("restore: the old database is kept: %s", why.message);
	return true;
}
