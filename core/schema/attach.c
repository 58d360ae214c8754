#include "core/schema/attach.h"

#include <string.h>

#include "core/schema/kind.h"
#include "core/schema/kind_not_null.h"

static const struct kind *parts_kind(void)
{
	return kind_named("index of a partition");
}

static bool comes(const struct change *change)
{
	return change->action == ACTION_CREATE || change->action == ACTION_REBUILD;
}

static bool goes(const struct change *change)
{
	return change->action == ACTION_DROP || change->action == ACTION_REBUILD;
}

/* It is made, or becomes a partition. */
static bool joins(const struct change *table)
{
	return comes(table) || names_has(&table->attributes, "partition");
}

static bool leaves(const struct change *table)
{
	return goes(table) || names_has(&table->attributes, "partition");
}

/* What the part is a part of: the parent's index or constraint, and the partition's table. */
static void wholes(const struct changes *changes, const struct object *part, bool old,
    struct change **index, struct change **table)
{
	struct edges needs = model_needs(old ? changes->old : changes->new, part);

	*index = *table = NULL;
	for (size_t i = 0; i < needs.count; i++) {
		const struct object *to = needs.items[i]->to;
		struct change *of = (old ? changes->of_old : changes->of_new)[to->rank];

		if (needs.items[i]->type != EDGE_AUTO)
			continue;
		if (to == part->home)
			*index = of;
		else if (to->kind == kind_named("table"))
			*table = of;
	}
}

static bool rebuild(struct change *index)
{
	if (index->action != ACTION_KEEP && index->action != ACTION_ALTER)
		return false;
	index->action = ACTION_REBUILD;
	return true;
}

/* A constraint that is the partition's own goes with the index that it stands for. */
static bool lose(struct changes *changes, struct change *part)
{
	struct change *index, *table;
	struct edges needs = model_needs(changes->old, part->old);

	wholes(changes, part->old, true, &index, &table);
	if (index == NULL || !goes(index))
		return false;
	for (size_t i = 0; i < needs.count; i++)
		if (needs.items[i]->type == EDGE_NORMAL
		    && rebuild(changes->of_old[needs.items[i]->to->rank]))
			return true;
	return false;
}

/* A part goes, and both that it is a part of stay; or it comes with a table, but as that's own. */
static bool settle_part(struct changes *changes, struct change *part)
{
	struct change *index, *table;

	if (part->old != NULL && part->new != NULL &&object_get(part->new, "_attach") != NULL) {
		/* made again with what it is a part of */
		wholes(changes, part->old, true, &index, &table);
		if (index != NULL && goes(index) && part->action == ACTION_KEEP) {
			part->action = ACTION_REBUILD;
			return true;
		}
	}
	if (part->old != NULL && object_get(part->old, "own") != NULL && lose(changes, part))
		return true;
	if (part->old != NULL && goes(part) && !part->left) {
		wholes(changes, part->old, true, &index, &table);
		if (index != NULL && table != NULL && !leaves(table) && rebuild(index))
			return true;
	}
	if (part->new == NULL || !comes(part))
		return false;
	wholes(changes, part->new, false, &index, &table);
	return index != NULL && table != NULL && object_get(part->new, "own") != NULL
	       && joins(table) && rebuild(index);
}

/* A table that joins would get a part that it shall not have. */
static bool settle_lack(struct arena *arena, struct changes *changes, struct change *index)
{
	const char *lacking = index->new != NULL ? object_get(index->new, "_lacking") : NULL;
	struct names tables = names_split(arena, lacking != NULL ? lacking : "", "\n");

	for (size_t i = 0; i < tables.count; i++) {
		const struct object *table
		    = model_find(changes->new, kind_named("table"), tables.items[i]);

		if (table != NULL && joins(changes->of_new[table->rank]) && rebuild(index))
			return true;
	}
	return false;
}

/* What the part was while it was attached to nothing, if it is the same; NULL: nothing. */
static struct change *loose(
    struct arena *arena, const struct changes *changes, const struct object *part)
{
	const char *becomes = object_get(part, "_becomes");
	size_t length = strcspn(becomes, ":");
	const struct object *whole = model_find(
	    changes->old, kind_named(arena_strndup(arena, becomes, length)), becomes + length + 1);
	const char *one = whole != NULL ? object_get(whole, "_definition") : NULL;
	const char *other = object_get(part, "_definition");
	struct change *change = whole != NULL ? changes->of_old[whole->rank] : NULL;

	return one != NULL && other != NULL && strcmp(one, other) == 0
		       && change->action == ACTION_DROP
		   ? change
		   : NULL;
}

static void adopt(struct arena *arena, struct changes *changes, struct change *part)
{
	struct change *index, *table, *was = loose(arena, changes, part->new);

	wholes(changes, part->new, false, &index, &table);
	if (was == NULL || index == NULL || table == NULL || joins(table))
		return;
	was->action = ACTION_KEEP;
	was->found = false;
	part->making = MAKING_ADOPTED;
	part->adopted = was;
}

/* A NOT NULL that is NOT VALID takes up a child's or partition's own, which is valid. */
static bool is_valid_already(const struct changes *changes, const struct object *part)
{
	const char *name = object_get(part, "_column");
	const struct object *column
	    = name != NULL ? model_find(changes->old, kind_named("column"), name) : NULL;
	const struct change *change = column != NULL ? changes->of_old[column->rank] : NULL;

	return change != NULL && (change->action == ACTION_KEEP || change->action == ACTION_ALTER)
	       && column_not_null_is_taken_up(column, change->new);
}

void attach_parts(struct arena *arena, struct changes *changes)
{
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < changes->count; i++) {
			struct change *change = &changes->items[i];
			const struct object *object
			    = change->new != NULL ? change->new : change->old;

			if (object->kind == parts_kind())
				again = settle_part(changes, change) || again;
			again = settle_lack(arena, changes, change) || again;
		}
	}
	for (size_t i = 0; i < changes->count; i++) {
		struct change *change = &changes->items[i];

		if (change->action != ACTION_CREATE)
			continue;
		if (change->new->kind == parts_kind())
			adopt(arena, changes, change);
		else if (change->new->kind == kind_named("constraint of a partition"))
			change->making = is_valid_already(changes, change->new) ? MAKING_ADOPTED
										: MAKING_GIVEN;
	}
}

/* Whether the server makes the part: with the table, with the index where that is made for all
 * partitions, or with what the index is itself a part of. */
static bool is_given(const struct changes *changes, const struct change *part)
{
	struct change *index, *table;

	wholes(changes, part->new, false, &index, &table);
	if (index == NULL || table == NULL)
		return false;
	if (!comes(index))
		return joins(table);
	if (index->new->kind == parts_kind() && object_get(index->new, "own") == NULL)
		return is_given(changes, index);
	return object_get(part->new, "_explicit") == NULL;
}

void attach_given(struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		struct change *part = &changes->items[i];

		if (part->new != NULL && part->new->kind == parts_kind() && comes(part)
		    && part->making == MAKING_OWN &&is_given(changes, part))
			part->making = MAKING_GIVEN;
	}
}

/* The whole that the part belongs to in the end: an index or constraint that is no part itself. */
static const struct change *root_of(const struct changes *changes, const struct change *part)
{
	struct change *index, *table;

	wholes(changes, part->new, false, &index, &table);
	if (index == NULL || index->new->kind != parts_kind())
		return index;
	return root_of(changes, index);
}

/* From 18 on a primary key that is added to a partition makes the NOT NULL of its columns the
 * partition's own, which would stay when the parent loses both. */
static bool leaves_not_null(const struct changes *changes, const struct change *key)
{
	struct edges needs = model_needs(changes->new, key->new);

	for (size_t i = 0; i < needs.count && object_get(key->new, "_strict") != NULL; i++) {
		const struct change *column = changes->of_new[needs.items[i]->to->rank];

		if (names_has(&column->attributes, "not_null")
		    && object_get(column->new, "_by_name") != NULL)
			return true;
	}
	return false;
}

void attach_apart(struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		struct change *change = &changes->items[i];
		const struct change *root = change;

		if (change->new == NULL || change->action != ACTION_CREATE)
			continue;
		if (change->new->kind == parts_kind())
			root = root_of(changes, change);
		if (root == NULL || root->action != ACTION_CREATE
		    || object_get(root->new, "_partitioned") == NULL
		    || leaves_not_null(changes, root))
			continue;
		if (root == change)
			change->making = MAKING_ALONE;
		else if (change->making == MAKING_GIVEN)
			change->making = MAKING_OWN;
	}
}
