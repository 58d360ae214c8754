#include "core/schema/wanted.h"

#include "core/schema/borrow.h"
#include "core/schema/kind.h"
#include "core/schema/path.h"
#include "core/schema/stand_in.h"
#include "core/schema/target.h"

struct work {
	struct arena *arena;
	struct shadow *shadow;
	const struct load_source *source;
};

/* What stands for a later schema of the search_path; one that the models do not name gets its
 * stand-in now. */
MUST_CHECK static bool later_there(
    struct work *work, size_t i, const char **there, struct error *err)
{
	struct models *models = work->source->models;
	const char *schema = work->shadow->later.items[i];

	*there = work->shadow->schema == NULL ? schema : stand_in_of(work->arena, models, schema);
	if (*there != NULL)
		return true;
	*there = arena_printf(work->arena, "%s_later_%zu_", work->shadow->schema, i);
	names_add(
	    work->arena, &models->schemas, arena_printf(work->arena, "%s %s", *there, schema));
	return session_run(
	    work->shadow->session, arena_printf(work->arena, "CREATE SCHEMA %s", *there), err);
}

/* The search_path of the live database, and in the shadow. */
MUST_CHECK static bool follow_path(struct work *work, struct path *path, struct error *err)
{
	const struct shadow *shadow = work->shadow;

	*path = (struct path){
	    .current = shadow->current,
	    .current_there = shadow->schema != NULL ? shadow->schema : shadow->current,
	    .later = shadow->later,
	};
	for (size_t i = 0; i < path->later.count; i++) {
		const char *there;

		if (!later_there(work, i, &there, err))
			return false;
		names_add(work->arena, &path->later_there, there);
	}
	return true;
}

MUST_CHECK static bool read_schema(struct work *work, struct model *wanted, struct error *err)
{
	const struct load_source *source = work->source;
	struct scope scope
	    = stand_in_scope(work->arena, work->shadow, source->models, source->scope);

	scope.again = true;
	return catalog_read(work->shadow->session, work->arena, &scope, wanted, err);
}

/* What SQLAlchemy's models say, every name where the application's connection finds it. */
MUST_CHECK static bool read_along_path(struct work *work, struct model *wanted, struct error *err)
{
	struct path path;
	struct names moves;

	if (!follow_path(work, &path, err) || !read_schema(work, wanted, err))
		return false;
	moves = path_moves(work->arena, work->source->live, wanted, &path);
	for (size_t i = 0; i < moves.count; i++)
		if (!session_run(work->shadow->session, moves.items[i], err))
			return false;
	return moves.count == 0 || read_schema(work, wanted, err);
}

/* Stand-ins are beside what they stand for, so that nothing had to be borrowed: what the models
 * name is taken as if it had been. */
static void borrow_named(struct work *work, const struct names *said, const struct model *wanted,
    struct adoption *adoption)
{
	const struct shadow *shadow = work->shadow;
	struct borrow borrow
	    = {.live = work->source->live, .shadow = wanted, .schema = shadow->current};
	struct adopted current = {kind_named("schema"), shadow->current, .why = NULL};

	for (size_t i = 0; i < said->count; i++)
		names_add(work->arena, &borrow.statements,
		    stand_in_translate(
			work->arena, shadow, work->source->models, said->items[i], false));
	borrow_model(work->arena, &borrow, adoption);
	adoption_add(work->arena, adoption, &current);
}

bool wanted_read(struct arena *arena, struct shadow *shadow, const struct load_source *source,
    struct wanted *wanted, struct error *err)
{
	struct names said = {0};
	struct load_source with = *source;
	struct work work = {arena, shadow, &with};
	struct model model;

	with.said = &said;
	if (!load_models(arena, shadow, &with, wanted->adoption, err))
		return false;
	if (!source->models->partial) {
		if (!read_schema(&work, &model, err))
			return false;
		*wanted->model = *wanted->loaded = model;
		return true;
	}
	if (!read_along_path(&work, &model, err))
		return false;
	if (shadow->schema != NULL)
		borrow_named(&work, &said, &model, wanted->adoption);
	*wanted->loaded = target_copy(arena, &model);
	*wanted->model = adopt_model(arena, source->live, &model, wanted->adoption);
	return true;
}
