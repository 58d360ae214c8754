#include "core/schema/ddl_warn.h"

#include <string.h>

#include "core/schema/danger.h"
#include "core/schema/kind.h"
#include "core/schema/kind_convert.h"

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

void ddl_warn_created(struct text *out, const struct changes *changes, const struct object *object,
    const struct object *const *parts, size_t count)
{
	struct names dangers = {0};

	if (is_of_domain(object) && !has_columns(changes, object->home))
		return;
	if (object->kind->create_dangers != NULL)
		object->kind->create_dangers(out->arena, &dangers, object, parts, count);
	else if (object->kind->create_hazard != NULL)
		names_add(out->arena, &dangers, object->kind->create_hazard);
	for (size_t i = 0; i < dangers.count; i++)
		warn(out, dangers.items[i]);
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
