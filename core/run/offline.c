#include "core/run/offline.h"

#include <string.h>

#include "core/apply/copy.h"
#include "core/revision/resolve.h"

static void add_create(struct text *out)
{
	text_add(out, "CREATE TABLE alembic_version (\n"
		      "    version_num VARCHAR(32) NOT NULL, \n"
		      "    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n"
		      ");\n\n");
}

/* As Alembic: what begins with the table's creation and ends at base leaves nothing behind. */
static void add_drop(struct text *out)
{
	text_add(out, "DROP TABLE alembic_version;\n\n");
}

/* Identifiers hold no quotes: revision_id_check. */
static void add_move(struct text *out, const char *from, const char *to)
{
	if (from == NULL && to != NULL)
		text_printf(
		    out, "INSERT INTO alembic_version (version_num) VALUES ('%s');\n\n", to);
	else if (from != NULL && to == NULL)
		text_printf(out,
		    "DELETE FROM alembic_version WHERE alembic_version.version_num = '%s';\n\n",
		    from);
	else if (from != NULL)
		text_printf(out,
		    "UPDATE alembic_version SET version_num='%s' WHERE "
		    "alembic_version.version_num = '%s';\n\n",
		    to, from);
}

/* As Alembic: a merge deletes the other rows first and updates the last. */
static void add_moves(struct text *out, const struct names *removed, const struct names *added)
{
	size_t shared = removed->count < added->count ? removed->count : added->count;

	for (size_t i = shared; i < removed->count; i++)
		add_move(out, removed->items[i], NULL);
	for (size_t i = 0; i < shared; i++)
		add_move(out, removed->items[i], added->items[i]);
	for (size_t i = shared; i < added->count; i++)
		add_move(out, NULL, added->items[i]);
}

MUST_CHECK static bool add_data(struct text *out, const struct script *script,
    const struct statement *statement, struct error *err)
{
	struct copy copy;
	const char *piece;
	size_t length = 1;
	bool good;

	if (!copy_open(&copy, script, statement, err))
		return false;
	while ((good = copy_next(&copy, &piece, &length, err)) && length > 0)
		text_add_bytes(out, piece, length);
	copy_close(&copy);
	text_add(out, "\\.\n");
	return good;
}

MUST_CHECK static bool add_statements(
    struct text *out, const struct script *script, struct error *err)
{
	if (!script->transactional)
		text_add(out, "COMMIT;\n\n");
	for (size_t i = 0; i < script->count; i++) {
		const struct statement *statement = &script->statements[i];

		text_add_bytes(out, statement->sql, statement->length);
		text_add(out, ";\n");
		if (statement->copies && !add_data(out, script, statement, err))
			return false;
		text_add(out, "\n");
	}
	if (!script->transactional)
		text_add(out, "BEGIN;\n\n");
	return true;
}

MUST_CHECK static bool add_step(struct text *out, const struct step *step, struct error *err)
{
	struct arena scratch = {0};
	struct script_mode mode = {.one_transaction = false};
	struct script script;
	bool done
	    = script_load(&scratch, &step->node->revision, step->direction, &mode, &script, err);

	if (done) {
		text_printf(out, "-- Running %s %s -> %s\n\n",
		    step->direction == DIRECTION_UP ? "upgrade" : "downgrade", step->from,
		    step->to);
		done = add_statements(out, &script, err);
		add_moves(out, &step->removed, &step->added);
	}
	arena_free(&scratch);
	return done;
}

void offline_range(struct arena *arena, const char *range, const char **start, const char **end)
{
	const char *colon = strchr(range, ':');

	*start = colon != NULL ? arena_strndup(arena, range, (size_t)(colon - range)) : NULL;
	*end = colon != NULL ? colon + 1 : range;
}

bool offline_heads(struct arena *arena, const struct graph *graph, const char *start,
    struct names *heads, struct error *err)
{
	struct nodes found = {0};

	if (start != NULL && !resolve_many(arena, graph, start, NULL, &found, err))
		return false;
	for (size_t i = 0; i < found.count; i++)
		names_add(arena, heads, found.items[i]->revision.id);
	names_sort(heads);
	return true;
}

bool offline_plan(
    struct text *out, const struct names *heads, const struct plan *plan, struct error *err)
{
	text_add(out, "BEGIN;\n\n");
	if (heads->count == 0 && plan->count > 0)
		add_create(out);
	for (size_t i = 0; i < plan->count; i++)
		if (!add_step(out, &plan->steps[i], err))
			return false;
	if (plan->heads.count == 0 && plan->count > 0)
		add_drop(out);
	text_add(out, "COMMIT;\n");
	return true;
}

void offline_stamp(struct text *out, const struct names *before, const struct names *after)
{
	struct names removed = names_without(out->arena, before, after);
	struct names added = names_without(out->arena, after, before);

	text_add(out, "BEGIN;\n\n");
	if (before->count == 0 && added.count > 0)
		add_create(out);
	if (added.count > 0 || removed.count > 0)
		text_printf(out, "-- Running stamp_revision %s -> %s\n\n",
		    names_join(out->arena, before, ", "), names_join(out->arena, after, ", "));
	add_moves(out, &removed, &added);
	if (after->count == 0 && removed.count > 0)
		add_drop(out);
	text_add(out, "COMMIT;\n");
}
