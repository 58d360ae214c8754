#include "core/run/autogenerate.h"

#include <string.h>

#include "core/apply/direct.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/pg/wait.h"
#include "core/run/autogenerate_job.h"
#include "core/schema/danger.h"
#include "core/schema/describe.h"
#include "core/schema/diff.h"
#include "core/schema/kind.h"
#include "core/schema/meaning_fit.h"
#include "core/schema/models_left.h"
#include "core/schema/position.h"
#include "core/schema/rename.h"
#include "core/schema/target.h"
#include "core/schema/wanted.h"

#define CONNECT_MS 10000

/* A rename is tried out in the live database, in a transaction that is rolled back. */
#define TRY "SET LOCAL lock_timeout = '2s'"

static struct names patterns(struct job *job, enum setting_id id)
{
	const char *value = config_string(job->config, id);

	return names_split(job->arena, value != NULL ? value : "", ", ");
}

static void set_scope(struct job *job)
{
	const struct version *version = &job->database->version;

	job->scope.include = patterns(job, SETTING_MODELS_INCLUDE);
	job->scope.exclude = patterns(job, SETTING_MODELS_EXCLUDE);
	names_add(job->arena, &job->scope.own, version->table);
	names_add(job->arena, &job->scope.own,
	    arena_printf(job->arena, "%s.migrate_journal", version->schema));
	names_add(job->arena, &job->scope.own,
	    arena_printf(job->arena, "%s.migrate_attempt", version->schema));
}

static bool answers(struct session *session, void *context, struct error *err)
{
	(void)context;
	return session_run(session, "SELECT 1", err);
}

MUST_CHECK static bool read_url(struct job *job, struct error *err)
{
	struct wait wait = {
	    .by = deadline_in(CONNECT_MS),
	    .once = true,
	    .reads = true,
	    .probe = answers,
	};
	struct conninfo conninfo;
	struct session *session;
	bool read;

	if (!conninfo_parse(job->arena, job->models.url, "[models] source", &conninfo, err)
	    || !wait_session(&conninfo, &wait, &session, err))
		return error_prefix(err, "[models] source");
	read = catalog_read(session, job->arena, &job->scope, &job->wanted, err);
	session_close(session);
	return read;
}

/* The columns by the names that the target has for them. */
MUST_CHECK static bool read_counters(struct job *job, struct error *err)
{
	return !job->choices->prove
	       || counters_read(job->database->session, job->arena, &job->counters, err);
}

MUST_CHECK static bool try_renames(struct job *job, struct error *err)
{
	struct session *session = job->database->session;

	if (!session_run(session, "BEGIN; " TRY, err))
		return false;
	for (size_t i = 0; i < job->choices->renames.count; i++) {
		const char *forth, *back;

		if (!rename_statements(
			job->arena, &job->old, job->choices->renames.items[i], &forth, &back, err))
			return false;
		if (!session_run(session, forth, err)
		    || !catalog_read(session, job->arena, &job->scope, &job->old, err))
			return error_prefix(err, "--rename %s", job->choices->renames.items[i]);
		job->forth = arena_printf(
		    job->arena, "%s-- hazard: %s\n%s;\n", job->forth, DANGER_RENAME, forth);
		job->back = arena_printf(
		    job->arena, "-- hazard: %s\n%s;\n%s", DANGER_RENAME, back, job->back);
	}
	return read_counters(job, err);
}

MUST_CHECK static bool read_old(struct job *job, struct error *err)
{
	struct session *session = job->database->session;
	bool ok = catalog_read(session, job->arena, &job->scope, &job->old, err);

	job->live = job->old;
	if (!ok || job->choices->renames.count == 0)
		return ok && read_counters(job, err);
	ok = try_renames(job, err);
	session_rollback(session);
	return ok;
}

/* Both sides, the live one while the models are being printed. */
MUST_CHECK static bool read_shadow(
    struct job *job, const struct shadow_place *place, struct error *err)
{
	struct load_source source = {&job->models, &job->old, &job->scope, NULL};
	struct wanted wanted
	    = {.adoption = &job->adoption, .model = &job->wanted, .loaded = &job->loaded};
	struct shadow *shadow = &job->shadow;
	bool read;

	if (!shadow_open(job->arena, place, shadow, err))
		return false;
	/* SQL states everything, but not of the schemas that it cannot have there. */
	if (!job->models.partial && shadow->schema != NULL)
		names_add(job->arena, &job->scope.only, shadow->current);
	read = read_old(job, err) && wanted_read(job->arena, shadow, &source, &wanted, err);
	if (!read || !job->choices->prove || shadow->database == NULL)
		shadow_close(shadow);
	return read;
}

/* A shadow database has settings of its own; a database that is read as it is is read in a
 * transaction. */
MUST_CHECK static bool expect_direct(struct job *job, struct error *err)
{
	return models_are_database(config_string(job->config, SETTING_MODELS_SOURCE))
	       || direct_expect(
		   job->config, job->database->session, "a comparison with models", err);
}

MUST_CHECK static bool read_at(
    struct job *job, const struct shadow_place *place, bool *lacking, struct error *err)
{
	struct models *models = &job->models;
	struct models_start start = {
	    .source = config_string(job->config, SETTING_MODELS_SOURCE),
	    .python = config_string(job->config, SETTING_MODELS_PYTHON),
	};
	bool read;

	if (!models_are_database(start.source)
	    && !shadow_plan(job->arena, place, &job->shadow, err))
		return false;
	start.current = job->shadow.current;
	start.stand_in = job->shadow.schema;
	if (!models_start(job->arena, &start, models, err))
		return false;
	read = models->url != NULL ? read_url(job, err) && read_old(job, err)
				   : read_shadow(job, place, err);
	models_close(models);
	*lacking = job->shadow.lacking;
	return read;
}

/* What cannot be had in a database of its own is in the live one. */
MUST_CHECK static bool read_both(struct job *job, struct error *err)
{
	struct origin origin = config_origin(job->config, SETTING_MODELS_SHADOW_URL);
	struct shadow_place place = {
	    .conninfo = &job->database->conninfo,
	    .live = job->database->session,
	    .url = config_string(job->config, SETTING_MODELS_SHADOW_URL),
	    .origin = origin.name,
	};
	struct error why;
	bool lacking = false;

	if (!expect_direct(job, err))
		return false;
	if (read_at(job, &place, &lacking, err))
		return true;
	if (!lacking || place.url != NULL)
		return false;
	place.within = true;
	job->adoption = (struct adoption){0};
	if (read_at(job, &place, &lacking, &why))
		return true;
	if (stop_signal() != 0)
		*err = why;
	return false;
}

/* The renames come first on the way up, and last on the way down. */
static void add_renames(struct job *job, struct batches *batches)
{
	struct batch *first = &batches->items[0];

	if (job->forth[0] == '\0')
		return;
	if (batches->count == 0) {
		*first = (struct batch){.suffix = "", .up = "", .down = ""};
		batches->count = 1;
	}
	first->up = arena_printf(
	    job->arena, "%s%s%s", job->forth, first->up[0] != '\0' ? "\n" : "", first->up);
	first->down = arena_printf(
	    job->arena, "%s%s%s", first->down, first->down[0] != '\0' ? "\n" : "", job->back);
}

/* What somebody has to decide stands in the file. */
static void add_doubts(
    struct job *job, const struct comparison *comparison, struct batches *batches)
{
	const struct rename_list *renames = &comparison->renames;
	const struct names *replaced = &comparison->replaced;
	struct text doubts = {.arena = job->arena};

	if (batches->count == 0)
		return;
	for (size_t i = 0; i < renames->count; i++)
		text_printf(&doubts,
		    "-- If this is a rename, make this file again with --rename %s\n",
		    text_shell(job->arena, renames->items[i].pair));
	for (size_t i = 0; i < replaced->count; i++) {
		const char *pair = replaced->items[i], *old = strchr(pair, ':') + 1;

		text_printf(&doubts,
		    "-- If check %.*s replaces %s, make this file again with --models-drop %s\n",
		    (int)(old - pair - 1), pair, old, old);
	}
	for (size_t i = 0; i < job->told.count; i++)
		text_printf(&doubts, "%s\n", job->told.items[i]);
	if (doubts.length > 0)
		batches->items[0].up = arena_printf(
		    job->arena, "%s\n%s", text_string(&doubts), batches->items[0].up);
}

/* Renames that were decided count as differences too. */
static struct names describe(struct job *job, const struct model *target)
{
	struct changes changes = diff_models(job->arena, &job->old, target);
	struct names differences = describe_changes(job->arena, &changes), found = {0};

	for (size_t i = 0; i < job->choices->renames.count; i++)
		names_add(job->arena, &found,
		    arena_printf(job->arena, "rename '%s'", job->choices->renames.items[i]));
	for (size_t i = 0; i < differences.count; i++)
		names_add(job->arena, &found, differences.items[i]);
	return found;
}

static void add_unhandled(struct job *job, struct comparison *comparison)
{
	const struct names *sides[] = {&job->old.unhandled, &job->wanted.unhandled};

	for (size_t side = 0; side < COUNT(sides); side++)
		for (size_t i = 0; i < sides[side]->count; i++)
			if (!names_has(&comparison->unhandled, sides[side]->items[i]))
				names_add(
				    job->arena, &comparison->unhandled, sides[side]->items[i]);
}

/* The kept name that the pattern may have meant; NULL: none. */
static const char *meant(struct arena *arena, const struct silence_list *kept, const char *pattern)
{
	struct names names = {0};

	for (size_t i = 0; i < kept->count; i++)
		names_add(arena, &names, kept->items[i].name);
	return text_nearest(pattern, names.items, names.count);
}

/* A pattern of [models] drop that names nothing is misspelt, or has done its work. */
MUST_CHECK static bool expect_used(const struct job *job, const struct silence_drop *drop,
    const struct silence_list *kept, struct error *err)
{
	for (size_t i = 0; i < drop->patterns.count; i++) {
		const char *pattern = drop->patterns.items[i], *name;

		if (drop->used[i] || !job->models.partial || strcmp(pattern, "*") == 0)
			continue;
		name = meant(job->arena, kept, pattern);
		error_set(err, STATUS_CONFIG,
		    "[models] drop: nothing that is kept matches '%s'%s%s%s", pattern,
		    name != NULL ? ", did you mean '" : "", name != NULL ? name : "",
		    name != NULL ? "'?" : "");
		return error_hint(err, "See what is kept: migrate diff --models-drop off");
	}
	return true;
}

MUST_CHECK static bool expect_free(
    const struct job *job, const struct names *taken, struct error *err)
{
	if (taken->count == 0)
		return true;
	error_set(err, STATUS_CONFIG, "%s", taken->items[0]);
	if (taken->count > 1)
		error_detail(err, "%s", names_join(job->arena, taken, "\n"));
	return error_hint(err,
	    "Rename one of them: in the models, or in a migration that is applied "
	    "first: migrate revision -m \"…\"");
}

/* A column whose expression is kept needs one that goes. */
MUST_CHECK static bool expect_unstuck(
    const struct job *job, const struct names *stuck, struct error *err)
{
	const char *first;

	if (stuck->count == 0)
		return true;
	first = stuck->items[0];
	error_set(err, STATUS_CONFIG, "%s, which the models do not have", strchr(first, ' ') + 1);
	return error_hint(err,
	    "Say in the models how it shall be, or let go of the expression, so that the values "
	    "stay "
	    "as they are: --models-drop %s",
	    text_shell(job->arena, arena_strndup(job->arena, first, strcspn(first, ":"))));
}

/* What the server has to say about defaults and checks. */
MUST_CHECK static bool ask_server(struct job *job, struct target_rules *rules, struct error *err)
{
	struct session *session = job->database->session;
	struct meaning_sides sides
	    = {.old = &job->old, .wanted = &job->wanted, .stated = &job->models.stated};

	if (!meaning_agree(session, job->arena, &job->old, &job->wanted, err)
	    || !meaning_cast(session, job->arena, &job->old, &job->wanted, &job->meaning, err)
	    || !meaning_checks(session, job->arena, &sides, &job->meaning, err))
		return false;
	rules->defaults = job->meaning.items;
	rules->default_count = job->meaning.count;
	silence_drop_more(job->arena, rules->drop, &job->meaning.lost);
	return true;
}

bool job_target(
    struct job *job, struct silence_drop *drop, struct target *target, struct error *err)
{
	struct target_rules rules = {
	    .partial = job->models.partial,
	    .drop = drop,
	    .left = &job->left,
	    .stated = &job->models.stated,
	    .grants = config_bool(job->config, SETTING_MODELS_GRANTS),
	};

	*drop = silence_drop_of(job->arena, config_string(job->config, SETTING_MODELS_DROP));
	silence_drop_more(job->arena, drop, &job->choices->drop);
	if (rules.partial && !ask_server(job, &rules, err))
		return false;
	*target = target_make(job->arena, &job->old, &job->wanted, &rules);
	return true;
}

/* What the server refuses of the models. */
static void add_refused(struct job *job, struct comparison *comparison)
{
	for (size_t i = 0; i < job->adoption.count; i++) {
		const struct adopted *item = &job->adoption.items[i];
		const struct object *old
		    = item->why != NULL ? adopt_find(&job->old, item->kind, item->identity) : NULL;

		if (old != NULL)
			names_add(job->arena, &comparison->refused,
			    arena_printf(job->arena, "%s '%s': %s", item->kind->name,
				object_shown(job->arena, old), item->why));
	}
}

/* The target once more with what env.py leaves out of the old parts that it lacks. */
MUST_CHECK static bool leave_parts(
    struct job *job, struct silence_drop *drop, struct target *target, struct error *err)
{
	if (!job->models.partial)
		return true;
	return models_left(job->arena, config_string(job->config, SETTING_MODELS_PYTHON), &job->old,
		   &target->model, &job->left, err)
	       && (job->left.count == 0 || job_target(job, drop, target, err));
}

MUST_CHECK static bool compare(struct job *job, struct comparison *comparison, struct error *err)
{
	const struct rename_sides sides
	    = {.old = &job->old, .wanted = &job->wanted, .stated = &job->models.stated};
	struct arena *arena = job->arena;
	struct silence_drop drop;
	struct target target;
	struct changes changes;

	set_scope(job);
	if (!read_both(job, err) || !job_target(job, &drop, &target, err)
	    || !leave_parts(job, &drop, &target, err))
		return false;
	job->target = target.model;
	once_set(arena, &job->target, &job->choices->once);
	positions_serve(arena, &job->target, &job->models.stated);
	comparison->kept = target.kept;
	if (!expect_used(job, &drop, &comparison->kept, err)
	    || !expect_free(job, &target.taken, err) || !expect_unstuck(job, &target.stuck, err)
	    || (job->models.partial
		&& !meaning_fit(job->database->session, arena,
		    &(struct meaning_models){&job->old, &job->wanted, &target.model}, err)))
		return false;
	job->told = job->meaning.told;
	for (size_t i = 0; i < target.told.count; i++)
		names_add(arena, &job->told, target.told.items[i]);
	comparison->replaced = target.replaced;
	comparison->of_models = job->models.partial;
	comparison->tables = job->models.tables;
	comparison->renames = rename_candidates(arena, &sides);
	comparison->found = describe(job, &job->target);
	changes = diff_models(arena, &job->old, &job->target);
	comparison->once = once_find(arena, &changes);
	add_unhandled(job, comparison);
	add_refused(job, comparison);
	if (!batches_make(arena, &job->old, &job->target,
		config_bool(job->config, SETTING_MODELS_SAFE), &comparison->batches, err))
		return false;
	add_renames(job, &comparison->batches);
	add_doubts(job, comparison, &comparison->batches);
	return true;
}

bool autogenerate_compare(const struct config *config, struct database *database,
    const struct choices *choices, struct comparison *comparison, struct error *err)
{
	struct job *job = arena_alloc(database->arena, sizeof(*job));
	bool compared;

	*job = (struct job){
	    .arena = database->arena,
	    .config = config,
	    .database = database,
	    .choices = choices,
	    .forth = "",
	    .back = "",
	};
	*comparison = (struct comparison){
	    .job = job, .server_version = session_server_version(database->session)};
	compared = compare(job, comparison, err);
	if (!compared || comparison->batches.count == 0)
		autogenerate_end(comparison);
	return compared;
}

void autogenerate_end(struct comparison *comparison)
{
	shadow_close(&comparison->job->shadow);
}

static const char *id_at(const struct graph *graph, const char *path)
{
	size_t i = 0;

	while (strcmp(graph->all.items[i]->revision.path, path) != 0)
		i++;
	return graph->all.items[i]->revision.id;
}

bool autogenerate_write(struct arena *arena, const struct create *create,
    const struct comparison *comparison, struct names *paths, struct error *err)
{
	struct create each = *create;
	struct graph graph = *create->graph;
	const struct batches *batches = &comparison->batches;

	for (size_t i = 0; i < batches->count || i == 0; i++) {
		const struct batch *batch = &batches->items[i];
		const char *path;

		if (i < batches->count) {
			each.message = arena_printf(arena, "%s%s",
			    create->message != NULL ? create->message : "autogenerated",
			    batch->suffix);
			each.up = batch->up;
			each.down = batch->down;
			each.no_transaction = batch->online;
		}
		each.graph = &graph;
		if (!create_revision(arena, &each, &path, err)
		    || !graph_load(arena, create->graph->directory, &graph, err))
			return false;
		names_add(arena, paths, path);
		each.id = NULL;
		each.labels = each.depends = (struct names){0};
		each.heads = (struct names){0};
		names_add(arena, &each.heads, id_at(&graph, path));
	}
	return true;
}
