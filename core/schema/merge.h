/* merge: the parts of target.c's work: which old object a wanted one is, and what it is called and
 * has in the end. Pure. */
#ifndef CORE_SCHEMA_MERGE_H
#define CORE_SCHEMA_MERGE_H

#include "core/schema/fill.h"
#include "core/schema/taken.h"
#include "core/schema/target.h"

enum fate { FATE_UNKNOWN, FATE_KEPT, FATE_GONE };

struct merge {
	struct arena *arena;
	const struct model *old, *wanted;
	const struct target_rules *rules;
	struct fill fill; /* of the wanted model */
	const struct object **twins; /* the old ones of the wanted ones, by rank */
	bool *paired; /* old ones that are somebody's twin, by rank */
	bool *implied; /* by rank: what serial made for a column that is there, or its identity has, so that it is no
			  wish */
	bool *as_it_was; /* by rank: the target has the old twin */
	bool *keeps; /* by rank: the target has a value of the old twin, and what that needs */
	struct taken taken; /* by what the target has of the old model */
	struct target target;
	struct object **of_old, **of_wanted; /* their copies in the target, by rank */
	enum fate *fates; /* of old objects without a namesake */
};

/* The column that a sequence belongs to, or what something is a part of. */
const struct object *merge_owner(const struct model *model, const struct object *object);

/* Whether the target has the old object; final once the twins are found. */
bool merge_has(struct merge *merge, const struct object *old);

/* Whether the source gives the default in so many words; names of its own need no schema. */
bool merge_is_stated(const struct merge *merge, const struct object *wanted, const char *attribute);

/* In this order. An old object is the twin of one alone. A key of which nothing is said is as it
 * was, be it filled or not. */
void merge_find_twins(struct merge *merge);
void merge_find_implied(struct merge *merge);
void merge_find_taken(struct merge *merge);

/* A column of the same table that goes, whose name is in `text`, if that is not NULL, and which the old object
 * needs; NULL: there is none. */
const struct object *merge_lost(
    struct merge *merge, const struct object *old, const char *text);

/* The column is NOT NULL in the models, and in the target a constraint that is kept says so, NOT VALID. A
 * primary key or an identity has no use for that. */
bool merge_not_valid(struct merge *merge, const struct object *wanted);

void merge_tell(struct merge *merge, const char *what, const struct object *object);

/* The wanted values, and the old ones of what is left unsaid. */
const char **merge_speak(struct merge *merge, const struct object *wanted);

/* A name that something keeps is given to nothing else: the server would number its own ones. */
void merge_name(struct merge *merge, const struct object *wanted, struct object *copy);

#endif
