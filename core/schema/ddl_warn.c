#include "core/schema/ddl_warn.h"

#include <string.h>

#include "core/schema/blockers.h"
#include "core/schema/danger.h"
#include "core/schema/kind.h"
#include "core/schema/kind_convert.h"
#include "core/schema/template.h"

static void warn(struct text *out, const char *danger)
{
	if (danger != NULL)
		text_printf(out, "-- hazard: %s\n", danger);
}

/* Whether a table has a column of the domain already. */
static bool has_columns(const struct changes *changes, const struct object *domain)
{
	const struct object *old = domain != NULL ? changes->of_new[domain->rank]->old : NULL;
	struct edges users = old != NULL ? model_users(changes->old, old) : (struct edges){0};

	for (size_t i = 0; i < users.count; i++)
		if (users.items[i]->from->kind == kind_named("column"))
			return true;
	return false;
}

static bool is_of_domain(const struct object *object)
{
	return object->kind == kind_named("domain")
	       || object->kind == kind_named("domain constraint");
}

static struct names dangers_of(struct arena *arena, const struct object *object,
    const struct object *const *parts, size_t count)
{
	struct names dangers = {0};

	if (object->kind->create_dangers != NULL)
		object->kind->create_dangers(arena, &dangers, object, parts, count);
	else if (object->kind->create_hazard != NULL)
		names_add(arena, &dangers, object->kind->create_hazard);
	return dangers;
}

void ddl_warn_created(struct text *out, const struct changes *changes, const struct object *object,
    const struct object *const *parts, size_t count)
{
	struct names dangers = dangers_of(out->arena, object, parts, count);

	if (is_of_domain(object) && !has_columns(changes, object->home))
		return;
	for (size_t i = 0; i < dangers.count; i++)
		warn(out, dangers.items[i]);
}

/* The query for the rows that a danger is one for; "": there is none. */
static const char *finds(struct arena *arena, const char *says, const struct object *object)
{
	const struct danger *danger = says != NULL ? danger_find(says) : NULL;
	struct text query = {.arena = arena};

	if (danger == NULL || danger->finds == NULL || object == NULL
	    || !template_write(&query, danger->finds, &(struct frame){.new = object}))
		return "";
	return text_string(&query);
}

/* A query that is run before the migration knows nothing of what comes with it, but for the
 * original of a copy, which it does not name. */
static bool is_asked_too_early(const struct changes *changes, const struct object *object)
{
	struct edges needs = model_needs(changes->new, object);

	for (size_t i = 0; i < needs.count; i++)
		if (needs.items[i]->type != EDGE_COPY && needs.items[i]->type != EDGE_MERGED
		    && changes->of_new[needs.items[i]->to->rank]->old == NULL)
			return true;
	return false;
}

static void warn_finds(
    struct text *out, const struct changes *changes, const struct object *object, const char *query)
{
	if (*query != '\0' && !is_asked_too_early(changes, object))
		danger_warn_finds(out, query);
}

void ddl_warn_created_fails(struct text *out, const struct changes *changes,
    const struct change *change, const struct object *const *parts, size_t count)
{
	struct names dangers = dangers_of(out->arena, change->new, parts, count);

	for (size_t i = 0; i < dangers.count; i++) {
		const char *query = finds(out->arena, dangers.items[i], change->new);

		if (strcmp(query, finds(out->arena, dangers.items[i], change->old)) != 0)
			warn_finds(out, changes, change->new, query);
	}
}

void ddl_warn_altered_fails(
    struct text *out, const struct changes *changes, const struct change *change, const char *name)
{
	const struct rule *rule = kind_rule(change->new->kind, name);

	if (rule->danger != NULL)
		warn_finds(out, changes, change->new,
		    finds(out->arena, rule->danger(change->old, change->new), change->new));
}

/* What the server makes again or checks again because of a column that is not rewritten. */
static void warn_made_again(
    struct text *out, const struct changes *changes, const struct change *change, bool indexes)
{
	struct edges users = model_users(changes->old, change->old);
	bool told[3] = {false};

	for (size_t i = 0; i < users.count; i++) {
		const struct object *user = users.items[i]->from;
		const char *what = object_get(user, "_what");
		bool index = user->kind == kind_named("index");
		bool check = what != NULL && strcmp(what, "check constraint") == 0;
		size_t which = check ? 0 : index ? 1 : 2;

		if (changes->of_old[user->rank]->new == NULL || told[which]
		    || (!index && user->kind != kind_named("constraint")) || (!check && !indexes)
		    || (check && object_get(user, "validity") != NULL))
			continue;
		told[which] = true;
		warn(out, check ? DANGER_CHECK : index ? DANGER_REINDEX : DANGER_UNIQUE);
	}
}

void ddl_warn_altered(struct text *out, const struct changes *changes, const struct change *change,
    const char *name, bool hazardous)
{
	const struct kind *kind = change->new->kind;
	const struct object *home = change->new->home;
	const struct rule *rule = kind_rule(kind, name);

	if (is_of_domain(change->new) && !has_columns(changes, home != NULL ? home : change->new))
		return;
	if (rule->danger != NULL)
		warn(out, rule->danger(change->old, change->new));
	else if (hazardous)
		warn(out, rule->hazard);
	if ((kind->flags & KIND_CONVERTS) == 0)
		return;
	if (strcmp(name, "type") == 0 && !kind_conversion(change->old, change->new).rewrites)
		warn_made_again(out, changes, change, false);
	else if (strcmp(name, "collation") == 0 && !names_has(&change->attributes, "type"))
		warn_made_again(out, changes, change, true);
}

void ddl_warn_bodies(struct text *out, const struct changes *changes, const struct object *gone)
{
	struct names bodies = blockers_bodies(out->arena, changes, gone);

	if (bodies.count > 0)
		text_printf(out, "-- hazard: may be named by %s, which would fail then\n",
		    names_join(out->arena, &bodies, ", "));
}
