#include "core/import/alembic.h"

#include <string.h>

#include "core/base/json.h"
#include "core/base/process.h"
#include "core/base/program.h"
#include "core/import/alembic.py.h"
#include "core/import/record.py.h"
#include "core/import/sql.h"

#define HINT_OFFLINE "See that this works here: alembic upgrade head --sql"
#define TIMEOUT_MS (10L * 60 * 1000) /* applications may take their time to import */

/* What Alembic says of its own graph. */
struct facts {
	struct names heads;
	struct names *resolved; /* by item: the dependencies as ids */
	struct names *inherited; /* by item: all labels, with those of the branch */
	size_t capacity;
};

struct reader {
	struct arena *arena;
	const char *python;
	struct import *import;
	struct facts facts;
	bool ended;
};

MUST_CHECK static bool run_python(const struct reader *reader, const char *place,
    const struct import_options *options, const char **output, struct error *err)
{
	static const char *const env[]
	    = {"PYTHONDONTWRITEBYTECODE=1", "PYTHONUTF8=1", "PYTHONIOENCODING=utf-8", NULL};
	struct arena *arena = reader->arena;
	const char **argv = arena_array(arena, 7 + options->x.count, sizeof(*argv));
	struct process process = {.argv = argv, .env = env, .by = deadline_in(TIMEOUT_MS)};
	size_t count = 0;

	if (program_find(arena, reader->python) == NULL) {
		error_set(err, STATUS_CONFIG, "cannot find %s", reader->python);
		return error_hint(err, "Run this where Alembic runs, or name its python: "
				       "migrate import alembic --python FILE");
	}
	argv[count++] = reader->python;
	argv[count++] = "-c";
	argv[count++] = arena_printf(arena, "%s%s", py_import_record, py_import_alembic);
	argv[count++] = place != NULL ? place : ".";
	argv[count++] = options->without_env ? "1" : "0";
	argv[count++] = options->section != NULL ? options->section : "alembic";
	for (size_t i = 0; i < options->x.count; i++)
		argv[count++] = options->x.items[i];
	if (process_run(arena, &process, output, err))
		return true;
	if (err->status > STATUS_NOT_FOUND)
		return false; /* a stop */
	err->status = STATUS_CONFIG;
	return error_hint(err, HINT_OFFLINE);
}

MUST_CHECK static bool refuse_answer(
    const struct reader *reader, const char *answer, struct error *err)
{
	error_set(err, STATUS_CONFIG, "%s returned an invalid answer: %s", reader->python,
	    text_cut(reader->arena, answer, 60));
	return error_hint(
	    err, "Name the python that has Alembic: migrate import alembic --python FILE");
}

/* Alembic's own failure, in its words. */
static bool take_error(const struct json *line, struct error *err)
{
	const char *message = json_get_string(line, "message");
	const char *detail = json_get_string(line, "detail");
	const char *hint = json_get_string(line, "hint");

	error_set(err, STATUS_CONFIG, "%s", message != NULL ? message : "");
	if (detail != NULL && *detail != '\0')
		error_detail(err, "%s", detail);
	return error_hint(err, "%s", hint != NULL ? hint : "");
}

static const char *get(struct arena *arena, const struct json *line, const char *key)
{
	const char *value = json_get_string(line, key);

	return arena_strdup(arena, value != NULL ? value : "");
}

static struct names get_names(struct arena *arena, const struct json *line, const char *key)
{
	struct names names = {0};

	return json_get_names(arena, line, key, &names) ? names : (struct names){0};
}

/* "upgrade" or "downgrade". SQL that is none would fail under Alembic too, but must not take what
 * follows with it. */
static void take_part(struct arena *arena, const struct json *line, const char *name,
    struct part *part, struct import_part *taken)
{
	struct names pieces = get_names(arena, line, name);
	const char *kind = get(arena, line, arena_printf(arena, "%s_kind", name));
	const char *why = json_get_string(line, arena_printf(arena, "%s_why", name));
	struct error err = {.status = STATUS_OK};

	*part = (struct part){PART_PLAIN};
	*taken = (struct import_part){
	    .sql = "", .why = arena_strdup(arena, why), .by_hand = strcmp(kind, "hand") == 0};
	if (import_sql_join(arena, &pieces, part, &taken->sql, &err)) {
		if (json_get_number(line, "transaction") == 0)
			part->transaction = TRANSACTION_OFF;
	} else if (why == NULL) {
		taken->why = arena_printf(arena, "%s() makes no SQL: %s", name, err.message);
		taken->by_hand = true;
		taken->sql = names_join(arena, &pieces, "\n\n");
	}
	if (taken->why != NULL)
		part->transaction = TRANSACTION_DEFAULT;
}

static void keep_facts(struct reader *reader, const struct json *line)
{
	struct facts *facts = &reader->facts, old = *facts;
	size_t at = reader->import->count;

	if (at == facts->capacity) {
		facts->capacity = at ? at * 2 : 32;
		facts->resolved
		    = arena_array(reader->arena, facts->capacity, sizeof(*facts->resolved));
		facts->inherited
		    = arena_array(reader->arena, facts->capacity, sizeof(*facts->inherited));
		for (size_t i = 0; i < at; i++) {
			facts->resolved[i] = old.resolved[i];
			facts->inherited[i] = old.inherited[i];
		}
	}
	facts->resolved[at] = get_names(reader->arena, line, "resolved");
	facts->inherited[at] = get_names(reader->arena, line, "inherited");
}

static void take_revision(struct reader *reader, const struct json *line)
{
	struct arena *arena = reader->arena;
	struct import_item item = {.revision = {
				       .id = get(arena, line, "id"),
				       .message = get(arena, line, "message"),
				       .date = get(arena, line, "date"),
				       .path = get(arena, line, "path"),
				       .parents = get_names(arena, line, "parents"),
				       .depends = get_names(arena, line, "depends"),
				       .labels = get_names(arena, line, "labels"),
				   }};

	take_part(arena, line, "upgrade", &item.revision.up, &item.up);
	take_part(arena, line, "downgrade", &item.revision.down, &item.down);
	keep_facts(reader, line);
	import_add(arena, reader->import, &item);
}

MUST_CHECK static bool take_line(struct reader *reader, const char *text, struct error *err)
{
	struct json *line = json_parse(text, err);
	const char *kind;
	bool taken = true;

	if (line == NULL)
		return refuse_answer(reader, text, err);
	kind = get(reader->arena, line, "kind");
	if (strcmp(kind, "revision") == 0) {
		take_revision(reader, line);
	} else if (strcmp(kind, "end") == 0) {
		reader->ended = true;
		reader->facts.heads = get_names(reader->arena, line, "heads");
		reader->import->warnings = get_names(reader->arena, line, "warnings");
		reader->import->from = arena_printf(
		    reader->arena, "Alembic %s", get(reader->arena, line, "alembic"));
	} else {
		taken = strcmp(kind, "error") == 0 ? take_error(line, err)
						   : refuse_answer(reader, text, err);
	}
	json_free(line);
	return taken;
}

MUST_CHECK static bool take_lines(struct reader *reader, const char *output, struct error *err)
{
	struct names lines = names_split(reader->arena, output, "\n");

	for (size_t i = 0; i < lines.count; i++)
		if (!take_line(reader, lines.items[i], err))
			return false;
	if (reader->ended)
		return true;
	error_set(err, STATUS_CONFIG, "%s ended before it had told all revisions", reader->python);
	return error_hint(err, HINT_OFFLINE);
}

static bool same_ids(const struct nodes *nodes, const struct names *ids)
{
	if (nodes->count != ids->count)
		return false;
	for (size_t i = 0; i < nodes->count; i++)
		if (!names_has(ids, nodes->items[i]->revision.id))
			return false;
	return true;
}

MUST_CHECK static bool check_graph(const struct reader *reader, struct error *err)
{
	const struct import *import = reader->import;
	const struct facts *facts = &reader->facts;
	struct graph graph;

	if (!import_graph(reader->arena, import, &graph, err))
		return false;
	for (size_t i = 0; i < import->count; i++) {
		const struct node *node = graph_find(&graph, import->items[i].revision.id);

		if (!same_ids(&node->depends, &facts->resolved[i])
		    || !names_same(&node->labels, &facts->inherited[i])) {
			error_set(err, STATUS_CONFIG,
			    "Alembic gives revision %s other dependencies or labels than migrate",
			    node->revision.id);
			return error_hint(
			    err, "Write whole ids in depends_on of %s.", node->revision.path);
		}
	}
	if (same_ids(&graph.heads, &facts->heads))
		return true;
	return error_set(err, STATUS_CONFIG, "Alembic's heads are %s",
	    names_join(reader->arena, &facts->heads, ", "));
}

bool import_alembic(struct arena *arena, const char *place, const struct import_options *options,
    struct import *import, struct error *err)
{
	struct reader reader = {
	    .arena = arena,
	    .python = options->python != NULL ? options->python : "python3",
	    .import = import,
	};
	const char *output;

	return run_python(&reader, place, options, &output, err) && take_lines(&reader, output, err)
	       && check_graph(&reader, err);
}
