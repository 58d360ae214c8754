/* meaning: what the server says of expressions that are written differently, and of values that get
 * another type. All is asked in a transaction that writes nothing and is rolled back. */
#ifndef CORE_SCHEMA_MEANING_H
#define CORE_SCHEMA_MEANING_H

#include "core/pg/session.h"
#include "core/schema/target.h"

/* Defaults of the wanted model that mean what the old ones do are written as those. Errors: the connection
 * is lost. */
MUST_CHECK bool meaning_agree(struct session *session, struct arena *arena, const struct model *old,
    struct model *wanted, struct error *err);

struct meaning_sides {
	const struct model *old, *wanted;
	const struct names *stated;	/* see models.h */
};

struct meaning {
	struct target_default *items;	/* defaults that are kept, with a cast */
	size_t count;
	struct names lost;	/* "t.c": what cannot be kept */
	struct names told;	/* a line of each of these */
};

/* Old defaults that the wanted model says nothing of, and whose columns get another type. Errors: the
 * connection is lost. */
MUST_CHECK bool meaning_cast(struct session *session, struct arena *arena, const struct model *old,
    const struct model *wanted, struct meaning *meaning, struct error *err);

/* Old checks of one column that refuse a label of its Enum, which the models have now: `stated` has the
 * labels of those that are text. Errors: the connection is lost. */
MUST_CHECK bool meaning_checks(struct session *session, struct arena *arena,
    const struct meaning_sides *sides, struct meaning *meaning, struct error *err);

#endif
