#include "core/schema/target.h"

#include <string.h>

#include "core/schema/canon.h"
#include "core/schema/describe.h"
#include "core/schema/fill.h"
#include "core/schema/kind.h"
#include "core/schema/taken.h"

enum fate { FATE_UNKNOWN, FATE_KEPT, FATE_GONE };

struct merge {
	struct arena *arena;
	const struct model *old, *wanted;
	const struct target_rules *rules;
	struct fill fill; /* of the wanted model */
	const struct object **twins; /* the old ones of the wanted ones, by rank */
	bool *paired; /* old ones that are somebody's twin, by rank */
	bool *implied; /* by rank: what serial made for a column that is there, so that it is no
			  wish */
	bool *as_it_was; /* by rank: the target has the old twin */
	struct taken taken; /* by what the target has of the old model */
	struct target target;
	struct object **of_old, **of_wanted; /* their copies in the target, by rank */
	enum fate *fates; /* of old objects without a namesake */
};

static const struct object *goes_with(
    const struct model *model, const struct object *object, enum edge_type type)
{
	struct edges needs = model_needs(model, object);

	for (size_t i = 0; i < needs.count; i++)
		if (needs.items[i]->type == type)
			return needs.items[i]->to;
	return NULL;
}

/* The column that a sequence belongs to, or what something is a part of. */
static const struct object *owner_of(const struct model *model, const struct object *object)
{
	const struct object *owner = goes_with(model, object, EDGE_OWNED);

	if (owner != NULL || object->home != NULL)
		return owner != NULL ? owner : object->home;
	return goes_with(model, object, EDGE_AUTO);
}

static bool is_present(struct merge *merge, const struct object *old);

/* A copy all of whose originals go, as a column of a child that the models do not know. */
static bool goes_with_originals(struct merge *merge, const struct object *old)
{
	struct edges needs = model_needs(merge->old, old);
	bool is_copy = false;

	for (size_t i = 0; i < needs.count; i++) {
		if (needs.items[i]->type != EDGE_COPY)
			continue;
		is_copy = true;
		if (is_present(merge, needs.items[i]->to))
			return false;
	}
	return is_copy;
}

static bool is_asked(const struct merge *merge, const struct object *old)
{
	return silence_asked(merge->rules->drop, object_shown(merge->arena, old));
}

/* Whether an old object without a namesake stays. */
static bool stays(struct merge *merge, const struct object *old)
{
	unsigned flags = old->kind->flags;
	const struct object *owner = owner_of(merge->old, old), *wanted;
	bool kept_at_all
	    = (flags & KIND_GRANTS) != 0 ? !merge->rules->grants : merge->rules->partial;

	if (!kept_at_all || (owner != NULL && !is_present(merge, owner))
	    || goes_with_originals(merge, old))
		return false;
	if ((flags & KIND_MODELS) == 0)
		return (flags & KIND_GRANTS) != 0 || !is_asked(merge, old);
	/* A partition belongs to its parent, but has rows of its own. */
	if (owner == NULL || (owner->kind->flags & flags & KIND_TOP) != 0)
		return (flags & KIND_TOP) != 0 && !is_asked(merge, old);
	/* A part of something that the models know would be in them. */
	wanted = model_find(merge->wanted, owner->kind, owner->identity);
	return wanted == NULL
	       || (silence_keeps(merge->old, old, merge->wanted, wanted) && !is_asked(merge, old));
}

static bool is_present(struct merge *merge, const struct object *old)
{
	enum fate *fate = &merge->fates[old->rank];

	if (merge->paired[old->rank] || model_find(merge->wanted, old->kind, old->identity) != NULL)
		return true;
	if (*fate == FATE_UNKNOWN) {
		*fate = FATE_GONE; /* for something that is its own owner */
		*fate = stays(merge, old) ? FATE_KEPT : FATE_GONE;
	}
	return *fate == FATE_KEPT;
}

static bool same(const struct object *one, const struct object *other)
{
	for (size_t i = 0; i < one->shape->count; i++)
		if (one->shape->names[i][0] != '_'
		    && !canon_equal(one->values[i], other->values[i]))
			return false;
	return true;
}

/* A constraint that the models give no name is the same under any. */
static bool is_same_constraint(const struct object *old, const struct object *wanted)
{
	return object_get(wanted, "_default_name") != NULL && same(old, wanted);
}

/* An index of the same keys has got another name. */
static bool is_same_index(const struct object *old, const struct object *wanted)
{
	static const char *const values[] = {"unique", "keys"};

	if (wanted->kind != kind_named("index"))
		return false;
	for (size_t i = 0; i < COUNT(values); i++)
		if (!canon_equal(object_get(old, values[i]), object_get(wanted, values[i])))
			return false;
	return true;
}

/* The part of the same table that `wanted` was under another name. */
static const struct object *renamed(const struct merge *merge, const struct object *wanted)
{
	const struct object *home = wanted->home;
	struct edges users;

	if (!merge->rules->partial || home == NULL)
		return NULL;
	home = model_find(merge->old, home->kind, home->identity);
	users = home != NULL ? model_users(merge->old, home) : (struct edges){0};
	for (size_t i = 0; i < users.count; i++) {
		const struct object *old = users.items[i]->from;

		if (old->kind == wanted->kind && old->home == home && !merge->paired[old->rank]
		    && model_find(merge->wanted, old->kind, old->identity) == NULL
		    && (is_same_constraint(old, wanted) || is_same_index(old, wanted)))
			return old;
	}
	return NULL;
}

/* It has the name, but is a part of something that stays and that the models do not mean: an index
 * of another table, the sequence of another column. */
static bool is_elsewhere(struct merge *merge, const struct object *old, const struct object *wanted)
{
	bool sequence = object_get(wanted, "_owned") != NULL;
	const char *place = sequence ? "_owned" : "table";
	const struct object *owner = owner_of(merge->old, old);

	if (!merge->rules->partial || (!sequence && wanted->kind != kind_named("index"))
	    || canon_equal(object_get(old, place), object_get(wanted, place)))
		return false;
	return owner == NULL
	       || (is_present(merge, owner)
		   && (sequence
		       || model_find(merge->wanted, owner->kind, owner->identity) == NULL));
}

/* An old object may be the twin of one alone. */
static void find_twins(struct merge *merge)
{
	for (size_t i = 0; i < merge->wanted->count; i++) {
		const struct object *wanted = merge->wanted->objects[i];
		const struct object *old = model_find(merge->old, wanted->kind, wanted->identity);

		if (old != NULL && is_elsewhere(merge, old, wanted)) {
			old = NULL;
		} else if (old == NULL) {
			old = renamed(merge, wanted);
			merge->as_it_was[i] = old != NULL && is_same_constraint(old, wanted);
		}
		merge->twins[i] = old;
		if (old != NULL)
			merge->paired[old->rank] = true;
	}
}

/* Whether the source gives the default in so many words; names of its own need no schema. */
static bool is_stated(const struct merge *merge, const struct object *wanted, const char *attribute)
{
	const struct names *stated = merge->rules->stated;
	const char *name = strchr(wanted->identity, '.');

	return names_has(stated, arena_printf(merge->arena, "%s %s %s", wanted->kind->name,
				     wanted->identity, attribute))
	       || (name != NULL
		   && names_has(stated, arena_printf(merge->arena, "%s %s %s", wanted->kind->name,
					    name + 1, attribute)));
}

/* A key of which nothing is said is as it was, be it filled or not. */
static void find_implied(struct merge *merge)
{
	for (size_t i = 0; i < merge->wanted->count; i++) {
		const struct object *column = merge->fill.serves[i], *old;

		old = column != NULL ? merge->twins[column->rank] : NULL;
		merge->implied[i]
		    = old != NULL && merge->rules->partial
		      && !silence_asked(merge->rules->drop, object_shown(merge->arena, column))
		      && (fill_is_there(merge->old, old)
			  || !is_stated(merge, column, "autoincrement"));
	}
}

static void tell(struct merge *merge, const char *what, const struct object *object)
{
	silence_add(merge->arena, &merge->target.kept,
	    (struct silence_kept){what, object_shown(merge->arena, object)});
}

static void set(
    const struct object *object, const char **values, const char *name, const struct object *from)
{
	for (size_t i = 0; i < object->shape->count; i++)
		if (strcmp(object->shape->names[i], name) == 0)
			values[i] = object_get(from, name);
}

/* The attribute as it was, with what is there for its statements. */
static void keep_value(struct merge *merge, const struct silence_rule *rule,
    const struct silence_pair *pair, const char **values)
{
	struct names with = names_split(merge->arena, rule->with != NULL ? rule->with : "", " ");

	set(pair->wanted, values, rule->attribute, pair->old);
	for (size_t i = 0; i < with.count; i++)
		set(pair->wanted, values, with.items[i], pair->old);
	if (rule->told != NULL)
		tell(merge, rule->told, pair->wanted);
}

static void silence(
    struct merge *merge, const struct silence_pair *pair, const char **values, size_t at)
{
	const char *attribute = pair->wanted->shape->names[at];
	const struct silence_rule *rule = silence_rule_of(pair->wanted->kind, attribute);
	const char *value;

	if (strcmp(attribute, "owner") == 0 && !merge->rules->grants)
		set(pair->wanted, values, attribute, pair->old);
	if (rule == NULL || !merge->rules->partial || is_stated(merge, pair->wanted, attribute))
		return;
	value = silence_value(merge->arena, rule, pair);
	if (canon_equal(value, values[at])
	    || silence_asked(merge->rules->drop, object_shown(merge->arena, pair->wanted)))
		return;
	if (rule->merge == NULL) {
		keep_value(merge, rule, pair, values);
		return;
	}
	if (strlen(value) > strlen(values[at]))
		tell(merge, rule->told, pair->wanted);
	values[at] = value;
}

/* The wanted values, and the old ones of what is left unsaid. */
static const char **spoken(struct merge *merge, const struct object *wanted)
{
	size_t count = wanted->shape->count;
	const char **values = arena_array(merge->arena, count, sizeof(*values));
	struct silence_pair pair = {.old = merge->twins[wanted->rank], .wanted = wanted};

	memcpy(values, wanted->values, count * sizeof(*values));
	pair.filled = wanted->kind == kind_named("column") && fill_is_said(&merge->fill, wanted);
	for (size_t i = 0; i < count; i++)
		if (pair.old != NULL)
			silence(merge, &pair, values, i);
		else if (strcmp(wanted->shape->names[i], "owner") == 0 && !merge->rules->grants)
			values[i] = NULL;
	return values;
}

/* What keeps its name. */
static void find_taken(struct merge *merge)
{
	const struct object **holders
	    = arena_array(merge->arena, merge->old->count + 1, sizeof(*holders));
	bool *left = arena_array(merge->arena, merge->old->count + 1, sizeof(*left));
	size_t count = 0;

	for (size_t i = 0; i < merge->wanted->count; i++)
		if (merge->twins[i] != NULL && !merge->as_it_was[i])
			left[merge->twins[i]->rank] = true;
	for (size_t i = 0; i < merge->old->count; i++)
		if (!left[i] && is_present(merge, merge->old->objects[i]))
			holders[count++] = merge->old->objects[i];
	merge->taken = taken_by(merge->arena, holders, count);
}

/* The sequence or constraint whose name decides what the object is called, where the server chose
 * it. */
static const struct object *named_by(const struct merge *merge, const struct object *wanted)
{
	const struct object *column = merge->fill.serves[wanted->rank];

	if (column != NULL)
		return merge->fill.sequences[column->rank];
	return object_get(wanted, "_default_name") != NULL ? wanted : NULL;
}

static void number(struct merge *merge, struct object *copy, const char *name, int number)
{
	static const char *const names[]
	    = {"_ident", "_slots", "_sequence", "_sequence_literal", "expression", "_set"};
	const char **values = arena_array(merge->arena, copy->shape->count, sizeof(*values));
	const char *numbered = taken_numbered(merge->arena, name, number);

	for (size_t i = 0; i < copy->shape->count; i++) {
		bool named = false;

		for (size_t k = 0; k < COUNT(names); k++)
			named = named || strcmp(copy->shape->names[i], names[k]) == 0;
		values[i] = copy->values[i];
		if (named && values[i] != NULL)
			values[i] = text_replace(merge->arena, values[i], name, numbered);
	}
	copy->values = values;
	copy->identity = text_replace(merge->arena, copy->identity, name, numbered);
}

/* A name that something keeps is given to nothing else: the server would number its own ones. */
static void find_name(struct merge *merge, const struct object *wanted, struct object *copy)
{
	const struct object *namer = named_by(merge, wanted), *holder;

	holder = taken_holder(&merge->taken, namer != NULL ? namer : wanted);
	if (holder == NULL || !merge->rules->partial)
		return;
	if (namer != NULL)
		number(
		    merge, copy, object_get(namer, "_ident"), taken_number(&merge->taken, namer));
	else
		names_add(merge->arena, &merge->target.taken,
		    arena_printf(merge->arena, "%s %s of the models has the name of a kept %s%s%s",
			describe_kind(wanted), object_shown(merge->arena, wanted),
			describe_kind(holder), holder->home != NULL ? " of " : "",
			holder->home != NULL ? object_shown(merge->arena, holder->home) : ""));
}

static void add_wanted(struct merge *merge)
{
	for (size_t i = 0; i < merge->wanted->count; i++) {
		const struct object *wanted = merge->wanted->objects[i], *old = merge->twins[i];
		struct object copy = *wanted;

		if (((wanted->kind->flags & KIND_GRANTS) != 0 && !merge->rules->grants)
		    || merge->implied[i])
			continue;
		if (merge->as_it_was[i])
			copy = *old;
		else
			copy.values = spoken(merge, wanted);
		if (old == NULL)
			find_name(merge, wanted, &copy);
		merge->of_wanted[i] = model_add(&merge->target.model, &copy);
		if (old != NULL)
			merge->of_old[old->rank] = merge->of_wanted[i];
	}
}

static const struct object *with_value(
    struct merge *merge, const struct object *object, const char *name, const char *value)
{
	struct object *copy = arena_alloc(merge->arena, sizeof(*copy));
	const char **values = arena_array(merge->arena, object->shape->count, sizeof(*values));

	for (size_t i = 0; i < object->shape->count; i++)
		values[i] = strcmp(object->shape->names[i], name) == 0 ? value : object->values[i];
	*copy = *object;
	copy->values = values;
	return copy;
}

/* The sequence of a serial column whose type changes goes with it. */
static const struct object *follow_column(struct merge *merge, const struct object *old)
{
	const struct kind *columns = kind_named("column");
	const char *owned = object_get(old, "_owned");
	const struct object *was, *column, *made;

	if (old->kind != kind_named("sequence") || owned == NULL
	    || (was = model_find(merge->old, columns, owned)) == NULL
	    || (column = model_find(merge->wanted, columns, owned)) == NULL
	    || (made = merge->fill.sequences[column->rank]) == NULL
	    || strcmp(object_get(was, "type"), object_get(column, "type")) == 0)
		return old;
	return with_value(merge, old, "type", object_get(made, "type"));
}

/* So does a default that is kept. */
static const struct object *follow_type(struct merge *merge, const struct object *old)
{
	for (size_t i = 0; i < merge->rules->default_count; i++) {
		const struct target_default *cast = &merge->rules->defaults[i];

		if (old->kind == kind_named("default")
		    && strcmp(cast->identity, old->identity) == 0)
			return with_value(merge,
			    with_value(merge, old, "expression", cast->expression), "_set",
			    arena_printf(merge->arena, "SET DEFAULT %s", cast->expression));
	}
	return follow_column(merge, old);
}

/* What somebody may want to drop: parts of what the models have, and what stands by itself. */
static bool is_told(const struct merge *merge, const struct object *old)
{
	unsigned telling = KIND_MODELS | KIND_TOP;
	const struct object *owner = owner_of(merge->old, old), *column;

	if (owner == NULL)
		return (old->kind->flags & telling) == telling;
	if ((old->kind->flags & KIND_MODELS) == 0 || (old->kind->flags & KIND_TOP) != 0
	    || old->kind == kind_named("sequence owner") || old->kind == kind_named("inheritance"))
		return false;
	column = model_find(merge->wanted, owner->kind, owner->identity);
	return column != NULL && merge->fill.sequences[column->rank] == NULL;
}

static void add_kept(struct merge *merge)
{
	for (size_t i = 0; i < merge->old->count; i++) {
		const struct object *old = merge->old->objects[i];

		if (merge->of_old[i] != NULL || !is_present(merge, old))
			continue;
		merge->of_old[i] = model_add(&merge->target.model, follow_type(merge, old));
		merge->of_old[i]->kept = true;
		if (is_told(merge, old))
			tell(merge, describe_kind(old), old);
	}
}

/* Homes and edges point to the copies. */
static void settle(struct model *target, const struct model *from, struct object *const *copies,
    const struct object *const *not_again)
{
	for (size_t i = 0; i < from->count; i++)
		if (copies[i] != NULL && (not_again == NULL || not_again[copies[i]->rank] == NULL))
			copies[i]->home = from->objects[i]->home != NULL
					      ? copies[from->objects[i]->home->rank]
					      : NULL;
	for (size_t i = 0; i < from->edge_count; i++) {
		const struct edge *edge = &from->edges[i];
		const struct object *user = copies[edge->from->rank];

		if (user != NULL && copies[edge->to->rank] != NULL
		    && (not_again == NULL || not_again[user->rank] == NULL))
			model_link(target, user, copies[edge->to->rank], edge->type);
	}
}

/* A check that comes to a table may be meant in place of one that is kept of it. */
static void find_replaced(struct merge *merge, const struct object *kept)
{
	const struct object *home = kept->home != NULL ? merge->of_old[kept->home->rank] : NULL;
	struct edges users
	    = home != NULL ? model_users(&merge->target.model, home) : (struct edges){0};

	for (size_t i = 0; i < users.count; i++) {
		const struct object *check = users.items[i]->from;

		if (check->kind == kept->kind && users.items[i]->type == EDGE_AUTO
		    && strcmp(describe_kind(check), describe_kind(kept)) == 0
		    && model_find(merge->old, check->kind, check->identity) == NULL)
			names_add(merge->arena, &merge->target.replaced,
			    arena_printf(merge->arena, "%s:%s", object_shown(merge->arena, check),
				object_shown(merge->arena, kept)));
	}
}

/* Those of the target whose homes and edges the wanted model gives. */
static const struct object **said_by(const struct merge *merge)
{
	size_t count = merge->old->count + merge->wanted->count;
	const struct object **said = arena_array(merge->arena, count + 1, sizeof(*said));

	for (size_t i = 0; i < merge->wanted->count; i++)
		if (merge->of_wanted[i] != NULL)
			said[merge->of_wanted[i]->rank] = merge->wanted->objects[i];
	return said;
}

struct target target_make(struct arena *arena, const struct model *old, const struct model *wanted,
    const struct target_rules *rules)
{
	struct merge merge = {
	    .arena = arena,
	    .old = old,
	    .wanted = wanted,
	    .rules = rules,
	    .fill = fill_of(arena, wanted),
	    .twins = arena_array(arena, wanted->count + 1, sizeof(*merge.twins)),
	    .paired = arena_array(arena, old->count + 1, sizeof(*merge.paired)),
	    .implied = arena_array(arena, wanted->count + 1, sizeof(*merge.implied)),
	    .as_it_was = arena_array(arena, wanted->count + 1, sizeof(*merge.as_it_was)),
	    .target.model = {.arena = arena, .unhandled = wanted->unhandled},
	    .of_old = arena_array(arena, old->count + 1, sizeof(*merge.of_old)),
	    .of_wanted = arena_array(arena, wanted->count + 1, sizeof(*merge.of_wanted)),
	    .fates = arena_array(arena, old->count + 1, sizeof(*merge.fates)),
	};
	struct model *model = &merge.target.model;

	find_twins(&merge);
	find_implied(&merge);
	find_taken(&merge);
	add_wanted(&merge);
	add_kept(&merge);
	settle(model, wanted, merge.of_wanted, NULL);
	settle(model, old, merge.of_old, said_by(&merge));
	model_close(model);
	for (size_t i = 0; i < old->count; i++)
		if (merge.of_old[i] != NULL && merge.of_old[i]->kept
		    && strcmp(describe_kind(old->objects[i]), "check constraint") == 0)
			find_replaced(&merge, old->objects[i]);
	return merge.target;
}

struct model target_variant(struct arena *arena, const struct model *base,
    const struct object *const *instead, const bool *without)
{
	struct model variant = {.arena = arena, .unhandled = base->unhandled};
	struct object **copies = arena_array(arena, base->count + 1, sizeof(*copies));

	for (size_t i = 0; i < base->count; i++) {
		struct object copy = *base->objects[i];

		if (without[i])
			continue;
		if (instead[i] != NULL)
			copy.values = instead[i]->values;
		copies[i] = model_add(&variant, &copy);
	}
	settle(&variant, base, copies, NULL);
	model_close(&variant);
	return variant;
}
