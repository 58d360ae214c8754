/* fill: what fills a column of the wanted model. SQLAlchemy makes serial of every integer key of which
 * nothing is said, so that such a sequence, its ownership and its default are no wish. Pure. */
#ifndef CORE_SCHEMA_FILL_H
#define CORE_SCHEMA_FILL_H

#include "core/schema/model.h"

struct fill {
	const struct model *model;
	const struct object **serves;	/* by rank: the column that serial made it for; or NULL */
	const struct object **sequences;	/* by the column's rank: what serial made; or NULL */
};

struct fill fill_of(struct arena *arena, const struct model *model);

/* A default, an expression or an identity is said of the column. */
bool fill_is_said(const struct fill *fill, const struct object *column);

/* Whether anything fills it. */
bool fill_is_there(const struct model *model, const struct object *column);

#endif
