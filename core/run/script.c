#include "core/run/script.h"

#include <string.h>

static const struct part *part_of(const struct revision *revision, enum direction direction)
{
	return direction == DIRECTION_UP ? &revision->up : &revision->down;
}

MUST_CHECK static bool split(
    struct arena *arena, const struct script_mode *mode, struct script *script, struct error *err)
{
	struct scan scan
	    = scan_start(script->revision->path, script->sql, script->length, script->part->line);
	size_t capacity = 0;

	scan.standard_strings = !mode->escape_strings;
	for (;;) {
		struct statement statement;

		if (!scan_next(&scan, &statement, err))
			return false;
		if (statement.sql == NULL)
			return true;
		if (script->count == capacity) {
			struct statement *old = script->statements;

			capacity = capacity ? capacity * 2 : 8;
			script->statements = arena_array(arena, capacity, sizeof(*old));
			if (script->count > 0)
				memcpy(script->statements, old, script->count * sizeof(*old));
		}
		script->statements[script->count++] = statement;
	}
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
	return error_statement(err, statement->sql, statement->length);
}

/* Decides whether the script runs in a transaction, and refuses what cannot. */
MUST_CHECK static bool settle(struct script *script, bool one_transaction, struct error *err)
{
	const struct statement *outside = first_of_kind(script, STATEMENT_NO_TRANSACTION);
	const struct statement *control = first_of_kind(script, STATEMENT_TRANSACTION);
	enum transaction_mode mode = script->part->transaction;

	script->transactional = mode == TRANSACTION_ON || (mode == TRANSACTION_DEFAULT && !outside);
	if (one_transaction && !script->transactional) {
		error_set(err, STATUS_CONFIG,
		    "this part cannot run inside a transaction,"
		    " but [apply] transaction is 'all'");
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
	struct script loaded = {.revision = revision, .part = part_of(revision, direction)};

	if (!loaded.part->present) {
		error_set(err, STATUS_CONFIG,
		    "revision %s has no down part and cannot be downgraded", revision->id);
		error_at(err, revision->path, 0);
		return error_hint(err,
		    "Write the SQL that takes it back under '-- migrate:down' in %s.",
		    revision->path);
	}
	if (!revision_read(arena, revision, direction, &loaded.sql, &loaded.length, err)
	    || !split(arena, mode, &loaded, err) || !settle(&loaded, mode->one_transaction, err))
		return false;
	scan_checksum(loaded.sql, loaded.length, loaded.checksum);
	*script = loaded;
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

bool script_checksum(const struct revision *revision, enum direction direction,
    char checksum[HASH_HEX_SIZE], struct error *err)
{
	struct arena scratch = {0};
	const char *sql;
	size_t length;
	bool read = revision_read(&scratch, revision, direction, &sql, &length, err);

	if (read)
		scan_checksum(sql, length, checksum);
	arena_free(&scratch);
	return read;
}
