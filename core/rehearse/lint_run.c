#include "core/rehearse/lint_run.h"

#include <stdlib.h>
#include <string.h>

#include "core/apply/direct.h"
#include "core/rehearse/since.h"
#include "core/revision/resolve.h"
#include "core/revision/walk.h"

struct lint {
	struct arena *arena;
	const struct lint_request *request;
	struct database live;
	bool has_live;
	bool *applied; /* in the live database, by node index; all false without one */
	bool *wanted;
};

MUST_CHECK static bool open_live(struct lint *lint, struct error *err)
{
	const struct config *config = lint->request->config;
	const struct graph *graph = lint->request->graph;
	struct nodes current;

	lint->applied = arena_array(lint->arena, graph->all.count, sizeof(bool));
	lint->wanted = arena_array(lint->arena, graph->all.count, sizeof(bool));
	if (config_string(config, SETTING_REHEARSE_URL) != NULL)
		return true;
	if (!database_open(lint->arena, config, DATABASE_NOW, &lint->live, err)) {
		if (err->hint[0] == '\0' || err->status == STATUS_UNREACHABLE)
			error_hint(err, "The migrations are run in a scratch database: name a "
					"server where one may be made, "
					"MIGRATE_REHEARSE_URL=postgresql://…");
		return false;
	}
	lint->has_live = true;
	current = walk_find(lint->arena, graph, &lint->live.version.heads);
	if (current.count == lint->live.version.heads.count)
		lint->applied = graph_ancestors(lint->arena, graph, &current);
	return true;
}

/* A file by its path. False: it is no migration. */
static bool find_file(struct lint *lint, const char *word)
{
	const struct graph *graph = lint->request->graph;
	char *path = realpath(word, NULL);
	bool found = false;

	for (size_t i = 0; path != NULL && i < graph->all.count; i++) {
		char *other = realpath(graph->all.items[i]->revision.path, NULL);

		if (other != NULL && strcmp(path, other) == 0)
			found = lint->wanted[i] = true;
		free(other);
	}
	free(path);
	return found;
}

MUST_CHECK static bool want_file(struct lint *lint, const char *word, struct error *err)
{
	if (find_file(lint, word))
		return true;
	error_set(err, STATUS_USAGE, "'%s' is not a migration of '%s'", word,
	    lint->request->graph->directory);
	return error_hint(err, "Name files of [migrate] directory, revisions, or a range: "
			       "migrate lint ID:head");
}

MUST_CHECK static bool want_word(struct lint *lint, const char *word, struct error *err)
{
	const struct graph *graph = lint->request->graph;
	struct nodes current = walk_find(lint->arena, graph, &lint->live.version.heads), found;
	bool good;

	if (strchr(word, '/') != NULL || text_ends(word, ".sql"))
		return want_file(lint, word, err);
	if (strchr(word, ':') != NULL)
		good = resolve_range(lint->arena, graph, word, &current, &found, err);
	else
		good = resolve_many(lint->arena, graph, word, &current, &found, err);
	for (size_t i = 0; good && i < found.count; i++)
		lint->wanted[found.items[i]->index] = true;
	return good;
}

MUST_CHECK static bool want_since(struct lint *lint, const char *reference, struct error *err)
{
	struct names paths;

	if (!since_find(lint->arena, lint->request->graph->directory, reference, &paths, err))
		return false;
	for (size_t i = 0; i < paths.count; i++)
		(void)find_file(lint, paths.items[i]);
	return true;
}

MUST_CHECK static bool choose(struct lint *lint, struct error *err)
{
	const struct lint_request *request = lint->request;

	if (request->since != NULL && !want_since(lint, request->since, err))
		return false;

	for (size_t i = 0; i < request->word_count; i++)
		if (!want_word(lint, request->words[i], err))
			return false;
	for (size_t i = 0;
	     request->word_count == 0 && request->since == NULL && i < request->graph->all.count;
	     i++)
		lint->wanted[i] = !lint->applied[i];
	return true;
}

static bool any_wanted(const struct lint *lint, bool applied)
{
	for (size_t i = 0; i < lint->request->graph->all.count; i++)
		if (lint->wanted[i] && (!applied || lint->applied[i]))
			return true;
	return false;
}

MUST_CHECK static bool try_wanted(
    struct lint *lint, struct roundtrips *roundtrips, struct error *err)
{
	const struct graph *graph = lint->request->graph;

	if (!roundtrips_open(roundtrips, err))
		return false;
	for (size_t i = 0; i < graph->all.count && roundtrips_failed(roundtrips) == NULL; i++) {
		const struct node *node = graph->order[i];

		if (lint->wanted[node->index]
		    && !roundtrips_run(roundtrips, node->revision.id, lint->wanted, err))
			return false;
	}
	return true;
}

bool lint_run(struct arena *arena, const struct lint_request *request,
    struct roundtrips *roundtrips, struct findings *findings, struct error *err)
{
	struct lint lint = {.arena = arena, .request = request};
	const struct config *config = request->config;
	bool done = open_live(&lint, err) && choose(&lint, err);

	*findings = (struct findings){.arena = arena};
	*roundtrips = (struct roundtrips){
	    .arena = arena,
	    .graph = request->graph,
	    .effects = {.arena = arena, .afresh = true},
	    .scratch_db = {
	        .config = config,
	        .live = lint.has_live ? &lint.live : NULL,
	        .by = deadline_in(config_number(config, SETTING_REHEARSE_TIMEOUT)),
	    },
	};
	if (done && any_wanted(&lint, false)) {
		roundtrips->scratch_db.empty = !lint.has_live || any_wanted(&lint, true);
		done = (!lint.has_live || direct_expect(config, lint.live.session, "lint", err))
		       && try_wanted(&lint, roundtrips, err) && roundtrips_descend(roundtrips, err)
		       && roundtrips_make_up(roundtrips, err)
		       && lint_find(roundtrips, findings, err);
	}
	roundtrips_close(roundtrips);
	database_close(&lint.live);
	return done;
}
