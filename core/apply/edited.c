#include "core/apply/edited.h"

#include <string.h>

#include "core/apply/script.h"
#include "core/base/linediff.h"
#include "core/base/log.h"
#include "core/revision/options.h"
#include "core/revision/resolve.h"

static const bool *applied_nodes(
    struct arena *arena, const struct graph *graph, const struct version *version)
{
	struct nodes heads
	    = {.items = arena_array(arena, version->heads.count, sizeof(*heads.items))};

	for (size_t i = 0; i < version->heads.count; i++) {
		struct node *node = graph_find(graph, version->heads.items[i]);

		if (node != NULL)
			heads.items[heads.count++] = node;
	}
	return graph_ancestors(arena, graph, &heads);
}

/* An older version did not note them. */
static bool same_options(
    struct arena *arena, const struct revision *revision, const struct journal_record *record)
{
	return record->options == NULL
	       || strcmp(options_text(arena, &revision->up.options), record->options) == 0;
}

bool edited_find(struct arena *arena, const struct graph *graph, const struct version *version,
    const struct journal *journal, struct edited *edited, struct error *err)
{
	const bool *applied = applied_nodes(arena, graph, version);
	struct edited found = {0};

	for (size_t i = 0; i < journal->count; i++) {
		const struct journal_record *record = &journal->records[i];
		const struct node *node = graph_find(graph, record->revision);
		char checksum[HASH_HEX_SIZE];

		if (record->checksum == NULL || node == NULL || !applied[node->index])
			continue;
		if (!script_checksum(&node->revision, DIRECTION_UP, checksum, err))
			return false;
		if (strcmp(checksum, record->checksum) != 0
		    || !same_options(arena, &node->revision, record))
			names_add(arena, &found.changed, record->revision);
		if (!names_same(&node->revision.parents, &record->parents))
			names_add(arena, &found.moved, record->revision);
	}
	*edited = found;
	return true;
}

/* A part's text, below its marker line if that differs, too. */
static struct linediff_side side(
    struct arena *arena, const char *name, const char *options, const char *text, long line)
{
	if (options == NULL)
		return (struct linediff_side){name, text, line};
	return (struct linediff_side){name,
	    arena_printf(
		arena, "-- migrate:up%s%s\n%s", options[0] != '\0' ? " " : "", options, text),
	    line - 1};
}

MUST_CHECK static bool difference(struct database *database, const struct revision *revision,
    const struct journal_record *record, const char **diff, struct error *err)
{
	struct arena *arena = database->arena;
	bool marker = !same_options(arena, revision, record);
	const char *options = marker ? options_text(arena, &revision->up.options) : NULL;
	struct linediff_side old, new;
	struct journal_text text;
	const char *now;

	if (!journal_text(database->session, arena, &database->version, revision->id, &text, err)
	    || !script_text(arena, revision, DIRECTION_UP, &now, err))
		return false;
	old = side(arena, "applied", marker ? record->options : NULL,
	    text.up != NULL ? text.up : "", revision->up.line);
	new = side(arena, revision->path, options, now, revision->up.line);
	*diff = linediff(arena, &old, &new);
	return true;
}

static bool refuse_changed(struct database *database, const struct graph *graph,
    const struct journal *journal, const struct names *changed, struct error *err)
{
	const struct revision *revision = &graph_find(graph, changed->items[0])->revision;
	const struct journal_record *record = journal_find(journal, revision->id);
	const char *diff;

	if (!difference(database, revision, record, &diff, err))
		return false;
	error_set(err, STATUS_EDITED, "revision %s was edited after it had been applied",
	    names_join(database->arena, changed, ", "));
	error_at(err, revision->path, revision->up.line);
	error_detail(err, "applied at %s by %s\n%s", record->at, record->by, diff);
	return error_hint(err,
	    "Put the file back and write a new revision: migrate revision -m \"…\". "
	    "Or accept the file as it is: migrate repair %s",
	    revision->id);
}

static bool refuse_moved(const struct database *database, const struct graph *graph,
    const struct journal *journal, const struct names *moved, struct error *err)
{
	const struct revision *revision = &graph_find(graph, moved->items[0])->revision;
	const struct journal_record *record = journal_find(journal, revision->id);

	error_set(err, STATUS_EDITED,
	    "revision %s was applied on top of other revisions than it names now",
	    names_join(database->arena, moved, ", "));
	error_at(err, revision->path, revision->parents_line);
	error_detail(err,
	    "it was applied on top of %s and now revises %s: what was added before it never ran",
	    record->parents.count ? names_join(database->arena, &record->parents, ", ") : "<base>",
	    revision->parents.count ? names_join(database->arena, &revision->parents, ", ")
				    : "<base>");
	return error_hint(err,
	    "Let the new revision follow the head instead. If its changes were made in another "
	    "way: migrate repair %s",
	    revision->id);
}

bool edited_refuse(const struct config *config, const struct graph *graph,
    struct database *database, const struct journal *journal, struct error *err)
{
	struct arena *arena = database->arena;
	struct edited edited;

	if (!edited_find(arena, graph, &database->version, journal, &edited, err))
		return false;
	if (edited.changed.count + edited.moved.count == 0)
		return true;
	if (strcmp(config_string(config, SETTING_BOOT_EDITED), "warn") == 0) {
		log_warn("edited since they were applied: %s %s",
		    names_join(arena, &edited.changed, ", "),
		    names_join(arena, &edited.moved, ", "));
		return true;
	}
	if (edited.changed.count > 0)
		return refuse_changed(database, graph, journal, &edited.changed, err);
	return refuse_moved(database, graph, journal, &edited.moved, err);
}

void edited_warn(
    const struct graph *graph, struct database *database, const struct journal *journal)
{
	struct arena *arena = database->arena;
	struct edited edited;
	struct error err;

	if (!edited_find(arena, graph, &database->version, journal, &edited, &err)) {
		log_debug("applied migrations are not compared: %s", err.message);
		return;
	}
	for (size_t i = 0; i < edited.changed.count; i++)
		log_warn("revision %s was edited after it had been applied, and what is new in %s "
			 "does not run. Put the file back and write a new revision (migrate "
			 "revision -m \"…\"), or accept it as it is: migrate repair %s",
		    edited.changed.items[i],
		    graph_find(graph, edited.changed.items[i])->revision.path,
		    edited.changed.items[i]);
	for (size_t i = 0; i < edited.moved.count; i++)
		log_warn("revision %s was applied on top of other revisions than %s names now, and "
			 "revisions added before it do not run. Let the new revision follow the "
			 "head, or accept it as it is: migrate repair %s",
		    edited.moved.items[i], graph_find(graph, edited.moved.items[i])->revision.path,
		    edited.moved.items[i]);
}

MUST_CHECK static bool accept_one(struct database *database, const struct node *node,
    const struct journal *journal, struct error *err)
{
	struct arena *arena = database->arena;
	const struct revision *revision = &node->revision;
	char checksum[HASH_HEX_SIZE];
	struct journal_entry entry = {
	    .revision = revision->id,
	    .direction = "up",
	    .status = JOURNAL_REPAIRED,
	    .transactional = true,
	    .parents = version_array(arena, &revision->parents),
	    .message = revision->message,
	    .checksum = checksum,
	    .options
	    = journal_has_options(journal) ? options_text(arena, &revision->up.options) : NULL,
	};

	if (!script_checksum(revision, DIRECTION_UP, checksum, err)
	    || !script_text(arena, revision, DIRECTION_UP, &entry.up, err)
	    || (revision->down.present
		&& !script_text(arena, revision, DIRECTION_DOWN, &entry.down, err))
	    || !journal_add(database->session, &database->version, &entry, err))
		return false;
	log_info("%s is accepted as it stands in %s", revision->id, revision->path);
	return true;
}

MUST_CHECK static bool accept_all(const struct graph *graph, struct database *database,
    const struct names *revisions, struct error *err)
{
	const bool *applied = applied_nodes(database->arena, graph, &database->version);
	struct journal journal;

	if (!journal_read(database->session, database->arena, &database->version, &journal, err)
	    || (!journal.exists && !journal_create(database->session, &database->version, err)))
		return false;
	journal_extend(database->session, &database->version, &journal);
	for (size_t i = 0; i < revisions->count; i++) {
		struct node *node;

		if (!resolve_one(database->arena, graph, revisions->items[i], NULL, &node, err))
			return false;
		if (node == NULL || !applied[node->index]) {
			error_set(
			    err, STATUS_CONFIG, "revision %s is not applied", revisions->items[i]);
			return error_hint(err, "See where the database is: migrate status");
		}
		if (!accept_one(database, node, &journal, err))
			return false;
	}
	return true;
}

bool edited_accept(const struct config *config, const struct graph *graph,
    struct database *database, const struct names *revisions, struct error *err)
{
	bool accepted;

	if (!database_lock(config, database, NULL, err))
		return false;
	accepted = accept_all(graph, database, revisions, err);
	database_unlock(database);
	return accepted;
}
