#include "core/apply/script.h"

#include <string.h>

#include "core/apply/copy.h"
#include "core/apply/source.h"
#include "core/pg/mask.h"

static const struct part *part_of(const struct revision *revision, enum direction direction)
{
	return direction == DIRECTION_UP ? &revision->up : &revision->down;
}

static struct script script_of(const struct revision *revision, enum direction direction)
{
	return (struct script){
	    .revision = revision, .part = part_of(revision, direction), .direction = direction};
}

static const struct statement *first_of_kind(const struct script *script, enum statement_kind kind)
{
	for (size_t i = 0; i < script->count; i++)
		if (scan_kind(&script->statements[i]) == kind)
			return &script->statements[i];
	return NULL;
}

static bool refuse(const struct script *script, const struct statement *statement,
    const char *problem, struct error *err)
{
	error_set(err, STATUS_CONFIG, "%s", problem);
	error_at(err, script->revision->path, statement->line);
	return mask_blame(err, statement->sql, statement->length);
}

/* Decides whether the script runs in a transaction, and refuses what cannot. What has been begun
 * without one goes on without one, whatever the rest of it needs now. */
MUST_CHECK static bool settle(
    struct script *script, const struct script_mode *how, struct error *err)
{
	const struct statement *outside = first_of_kind(script, STATEMENT_NO_TRANSACTION);
	const struct statement *control = first_of_kind(script, STATEMENT_TRANSACTION);
	enum transaction_mode mode = script->part->transaction;

	script->transactional
	    = !how->half_done
	      && (mode == TRANSACTION_ON || (mode == TRANSACTION_DEFAULT && !outside));
	if (how->one_transaction && !script->transactional) {
		error_set(err, STATUS_CONFIG, "this part %s, but [apply] transaction is 'all'",
		    how->half_done ? "was begun without a transaction and is half done"
				   : "cannot run inside a transaction");
		error_at(err, script->revision->path, outside ? outside->line : script->part->line);
		return error_hint(err, "Run with --apply-transaction step.");
	}
	if (!script->transactional)
		return true;
	if (outside != NULL) {
		refuse(script, outside, "this statement cannot run inside a transaction", err);
		return error_hint(err, "Write 'transaction:false' on the marker line.");
	}
	if (control != NULL) {
		refuse(script, control, "a migration runs in a transaction of migrate's own", err);
		return error_hint(
		    err, "Remove the statement, or write 'transaction:false' on the marker line.");
	}
	return true;
}

bool script_load(struct arena *arena, const struct revision *revision, enum direction direction,
    const struct script_mode *mode, struct script *script, struct error *err)
{
	struct script loaded = script_of(revision, direction);

	if (!loaded.part->present) {
		error_set(err, STATUS_CONFIG,
		    "revision %s has no down part and cannot be downgraded", revision->id);
		error_at(err, revision->path, 0);
		return error_hint(err,
		    "Write the SQL that takes it back under '-- migrate:down' in %s.",
		    revision->path);
	}
	if (!source_read(arena, mode->escape_strings, &loaded, err) || !settle(&loaded, mode, err)
	    || (loaded.bulk_count == 0 && !script_seal(&loaded, err)))
		return false;
	*script = loaded;
	return true;
}

struct script_bulk *script_bulk(const struct script *script, const struct statement *statement)
{
	for (size_t i = 0; i < script->bulk_count; i++)
		if (&script->statements[script->bulks[i].statement] == statement)
			return &script->bulks[i];
	return NULL;
}

MUST_CHECK static bool seal_one(
    const struct script *script, const struct statement *statement, struct error *err)
{
	struct copy copy;
	const char *piece;
	size_t length = 1;
	bool good;

	if (!copy_open(&copy, script, statement, err))
		return false;
	do
		good = copy_next(&copy, &piece, &length, err);
	while (good && length > 0);
	copy_close(&copy);
	return good;
}

bool script_seal(struct script *script, struct error *err)
{
	for (size_t i = 0; i < script->bulk_count; i++) {
		const struct script_bulk *bulk = &script->bulks[i];

		if (!bulk->sealed && !seal_one(script, &script->statements[bulk->statement], err))
			return false;
	}
	if (script->checksum[0] == '\0')
		scan_checksum(script->sql, script->length, script->checksum);
	return true;
}

void script_checksum_of(const struct script *script, size_t count, char checksum[HASH_HEX_SIZE])
{
	const struct statement *last = count > 0 ? &script->statements[count - 1] : NULL;
	const char *end = script->sql;

	if (last != NULL)
		end = last->data != NULL ? last->data + last->data_length
					 : last->sql + last->length;
	scan_checksum(script->sql, (size_t)(end - script->sql), checksum);
}

/* A part in which nothing can be elided is not split, nor is one that cannot be. */
MUST_CHECK static bool read_text(struct arena *arena, const struct revision *revision,
    enum direction direction, const char **sql, size_t *length, struct error *err)
{
	struct script script = script_of(revision, direction);
	struct error ignored;

	if (script.part->length <= SCRIPT_BULK || !source_read(arena, false, &script, &ignored))
		return revision_read(arena, revision, direction, sql, length, err);
	if (!script_seal(&script, err))
		return false;
	*sql = script.sql;
	*length = script.length;
	return true;
}

bool script_checksum(const struct revision *revision, enum direction direction,
    char checksum[HASH_HEX_SIZE], struct error *err)
{
	struct arena scratch = {0};
	const char *sql;
	size_t length;
	bool read = read_text(&scratch, revision, direction, &sql, &length, err);

	if (read)
		scan_checksum(sql, length, checksum);
	arena_free(&scratch);
	return read;
}

const char *script_kept(struct arena *arena, const char *sql, size_t length)
{
	char checksum[HASH_HEX_SIZE];
	size_t lines = 0;

	if (length <= SCRIPT_TEXT_MAX)
		return sql;
	for (const char *at = sql; (at = memchr(at, '\n', (size_t)(sql + length - at))); at++)
		lines++;
	scan_checksum(sql, length, checksum);
	return arena_printf(arena, SCRIPT_ELIDED "%zu lines, SHA-256 %s\n", lines, checksum);
}

bool script_text(struct arena *arena, const struct revision *revision, enum direction direction,
    const char **text, struct error *err)
{
	const char *sql;
	size_t length;

	if (!read_text(arena, revision, direction, &sql, &length, err))
		return false;
	*text = script_kept(arena, sql, length);
	return true;
}
