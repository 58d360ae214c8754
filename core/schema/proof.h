/* proof: whether a difference does what it shall, tried in the shadow before it is written.
 *
 * What is kept of the live database is added to what the shadow holds, and its sequences get the live
 * positions. All down parts run, the last first: that has to give the live schema. All up parts run: that has
 * to give the wanted schema with what is kept. Nobody's sequence may go back. What says of itself that it is
 * inexact is not compared, nor what the shadow cannot have; subscriptions are in no model, and event triggers
 * do not fire. */
#ifndef CORE_SCHEMA_PROOF_H
#define CORE_SCHEMA_PROOF_H

#include "core/schema/batch.h"
#include "core/schema/catalog.h"
#include "core/schema/counters.h"
#include "core/schema/shadow.h"

struct proof_sides {
	const struct model *loaded;	/* what the shadow holds */
	const struct model *live;	/* where the way down leads */
	const struct model *old, *target;	/* from where to where the difference is: after its renames */
	const struct counters *counters;	/* of the live sequences, columns by their names in `old` */
	const struct batches *batches;
	bool grants;	/* they are compared: also those that default privileges give to new objects */
};

struct proof {
	const char *untried;	/* why it could not be tried; NULL: it was */
	struct names wrong;	/* what is not as it shall be, a line each, the first one that was found before
				 * others; none: it is proved, if it was tried */
	struct names inexact;	/* "child.c": not compared, for the difference says so */
	struct names lacking;	/* not compared, for the shadow cannot have it: "table 'a.t'" */
	const char *why;	/* the first of these cannot be had; NULL: none */
	struct names beyond;	/* the keys of those that lack */
	const struct object *unfit;	/* the first of these that a column's new type has no place for; NULL: none */
	const struct object *retyped;	/* that column */
	const struct model *known;	/* grants of other objects are not compared; NULL: all are */
	struct model result;	/* after the up parts; only if nothing is wrong */
};

/* Leaves the shadow as it comes out. Errors: a stop. */
MUST_CHECK bool proof_try(struct arena *arena, struct shadow *shadow, const struct scope *scope,
    const struct proof_sides *sides, struct proof *proof, struct error *err);

/* Adds to proof->wrong how `is` differs from what was expected, each line after `when`. */
void proof_compare(struct arena *arena, struct proof *proof, const char *when,
    const struct model *expected, const struct model *is);

#endif
