#include <ctype.h>
#include <string.h>

#include "core/schema/describe.h"
#include "core/schema/kind.h"
#include "core/schema/merge.h"
#include "core/schema/normalize.h"

static const struct object *goes_with(
    const struct model *model, const struct object *object, enum edge_type type)
{
	struct edges needs = model_needs(model, object);

	for (size_t i = 0; i < needs.count; i++)
		if (needs.items[i]->type == type)
			return needs.items[i]->to;
	return NULL;
}

const struct object *merge_owner(const struct model *model, const struct object *object)
{
	const struct object *owner = goes_with(model, object, EDGE_OWNED);

	if (owner != NULL || object->home != NULL)
		return owner != NULL ? owner : object->home;
	return goes_with(model, object, EDGE_AUTO);
}

/* A copy all of whose originals go, as a column of a child that the models do not know. */
static bool goes_with_originals(struct merge *merge, const struct object *old)
{
	struct edges needs = model_needs(merge->old, old);
	bool is_copy = false;

	for (size_t i = 0; i < needs.count; i++) {
		if (needs.items[i]->type != EDGE_COPY)
			continue;
		is_copy = true;
		if (merge_has(merge, needs.items[i]->to))
			return false;
	}
	return is_copy;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80) != 0;
}

static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
		if ((at == text || !is_word(at[-1])) && !is_word(at[length]))
			return true;
	return false;
}

const struct object *merge_lost(struct merge *merge, const struct object *old, const char *text)
{
	struct edges needs = model_needs(merge->old, old);

	for (size_t i = 0; i < needs.count; i++) {
		const struct object *to = needs.items[i]->to;

		if (to->kind == kind_named("column") && to->home == old->home && to != old
		    && (text == NULL || has_word(text, object_get(to, "_ident")))
		    && !merge_has(merge, to))
			return to;
	}
	return NULL;
}

/* A condition on columns some of which stay is worth a word. */
static void tell_lost(struct merge *merge, const struct object *old, const struct object *lost)
{
	struct edges needs = model_needs(merge->old, old);
	bool left = false;

	for (size_t i = 0; i < needs.count; i++) {
		const struct object *to = needs.items[i]->to;

		left
		    = left
		      || (to->kind == lost->kind && to->home == lost->home && merge_has(merge, to));
	}
	if (left)
		names_add(merge->arena, &merge->target.told,
		    arena_printf(merge->arena, "-- lossy: %s %s needs column %s, and goes with it",
			describe_kind(old), object_shown(merge->arena, old),
			object_shown(merge->arena, lost)));
}

static bool is_asked(const struct merge *merge, const struct object *old)
{
	return silence_asked(merge->rules->drop, object_shown(merge->arena, old));
}

/* Whether an old object without a namesake stays. */
static bool stays(struct merge *merge, const struct object *old)
{
	unsigned flags = old->kind->flags;
	const struct object *owner = merge_owner(merge->old, old), *wanted, *lost;
	bool kept_at_all
	    = (flags & KIND_GRANTS) != 0 ? !merge->rules->grants : merge->rules->partial;

	if (!kept_at_all || (owner != NULL && !merge_has(merge, owner))
	    || goes_with_originals(merge, old))
		return false;
	if ((flags & KIND_MODELS) == 0)
		return (flags & KIND_GRANTS) != 0 || !is_asked(merge, old);
	/* A partition belongs to its parent, but has rows of its own. */
	if (owner == NULL || (owner->kind->flags & flags & KIND_TOP) != 0)
		return (flags & KIND_TOP) != 0 && !is_asked(merge, old);
	if (names_has(merge->rules->left,
		arena_printf(merge->arena, "%s %s", old->kind->name, old->identity)))
		return true;
	/* A part of something that the models know would be in them. */
	wanted = model_find(merge->wanted, owner->kind, owner->identity);
	if (wanted == NULL)
		return true;
	if (!silence_keeps(merge->old, old, merge->wanted, wanted) || is_asked(merge, old))
		return false;
	lost = merge_lost(merge, old, NULL);
	if (lost != NULL)
		tell_lost(merge, old, lost);
	return lost == NULL;
}

bool merge_has(struct merge *merge, const struct object *old)
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
		    && !normalize_equal(one->values[i], other->values[i]))
			return false;
	return true;
}

/* The same but for what is left unsaid. */
static bool says_same(
    const struct merge *merge, const struct object *old, const struct object *wanted)
{
	const struct silence_pair pair = {.old = old, .wanted = wanted};
	bool asked = silence_asked(merge->rules->drop, object_shown(merge->arena, wanted));

	for (size_t i = 0; i < wanted->shape->count; i++) {
		const char *name = wanted->shape->names[i], *value = wanted->values[i];
		const struct silence_rule *rule = silence_rule_of(wanted->kind, name);

		if (rule != NULL && !asked && !merge_is_stated(merge, wanted, name))
			value = silence_value(merge->arena, rule, &pair);
		if (name[0] != '_' && !normalize_equal(value, old->values[i]))
			return false;
	}
	return true;
}

/* A constraint that the models give no name is the same under any. */
static bool is_same_constraint(
    const struct merge *merge, const struct object *old, const struct object *wanted)
{
	return object_get(wanted, "_default_name") != NULL && says_same(merge, old, wanted);
}

/* A check of the same condition has got another name. */
static bool is_same_check(const struct object *old, const struct object *wanted)
{
	return wanted->kind == kind_named("constraint")
	       && strcmp(object_get(wanted, "_what"), "check constraint") == 0 && same(old, wanted);
}

/* An index of the same keys has got another name. */
static bool is_same_index(const struct object *old, const struct object *wanted)
{
	static const char *const values[] = {"unique", "keys"};

	if (wanted->kind != kind_named("index"))
		return false;
	for (size_t i = 0; i < COUNT(values); i++)
		if (!normalize_equal(object_get(old, values[i]), object_get(wanted, values[i])))
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
		    && (is_same_constraint(merge, old, wanted) || is_same_check(old, wanted)
			|| is_same_index(old, wanted)))
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
	const struct object *owner = merge_owner(merge->old, old);

	if (!merge->rules->partial || (!sequence && wanted->kind != kind_named("index"))
	    || normalize_equal(object_get(old, place), object_get(wanted, place)))
		return false;
	return owner == NULL
	       || (merge_has(merge, owner)
		   && (sequence
		       || model_find(merge->wanted, owner->kind, owner->identity) == NULL));
}

void merge_find_twins(struct merge *merge)
{
	for (size_t i = 0; i < merge->wanted->count; i++) {
		const struct object *wanted = merge->wanted->objects[i];
		const struct object *old = model_find(merge->old, wanted->kind, wanted->identity);

		if (old != NULL && is_elsewhere(merge, old, wanted)) {
			old = NULL;
		} else if (old == NULL) {
			old = renamed(merge, wanted);
			merge->as_it_was[i] = old != NULL && is_same_constraint(merge, old, wanted);
		}
		merge->twins[i] = old;
		if (old != NULL)
			merge->paired[old->rank] = true;
	}
}

bool merge_is_stated(const struct merge *merge, const struct object *wanted, const char *attribute)
{
	const struct names *stated = merge->rules->stated;
	const char *name = strchr(wanted->identity, '.');

	return names_has(stated, arena_printf(merge->arena, "%s %s %s", wanted->kind->name,
				     wanted->identity, attribute))
	       || (name != NULL
		   && names_has(stated, arena_printf(merge->arena, "%s %s %s", wanted->kind->name,
					    name + 1, attribute)));
}

/* The sequence of an identity that is kept, which models can only call a sequence. */
static bool is_of_identity(const struct merge *merge, const struct object *wanted)
{
	if (wanted->kind != kind_named("sequence") || !merge->rules->partial)
		return false;
	for (size_t i = 0; i < merge->wanted->count; i++) {
		const struct object *column = merge->wanted->objects[i], *old = merge->twins[i];
		const char *sequence = old != NULL && object_get(old, "identity_kind") != NULL
					   ? object_get(old, "_sequence")
					   : NULL;

		if (sequence != NULL && strcmp(sequence, wanted->identity) == 0)
			return !fill_is_said(&merge->fill, column)
			       && !silence_asked(
				   merge->rules->drop, object_shown(merge->arena, column));
	}
	return false;
}

void merge_find_implied(struct merge *merge)
{
	for (size_t i = 0; i < merge->wanted->count; i++) {
		const struct object *column = merge->fill.serves[i], *old;

		old = column != NULL ? merge->twins[column->rank] : NULL;
		merge->implied[i]
		    = old != NULL && merge->rules->partial
		      && !silence_asked(merge->rules->drop, object_shown(merge->arena, column))
		      && (fill_is_there(merge->old, old)
			  || !merge_is_stated(merge, column, "autoincrement"));
		merge->implied[i]
		    = merge->implied[i] || is_of_identity(merge, merge->wanted->objects[i]);
	}
}
