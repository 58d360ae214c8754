/* meaning_fit: whether a column can get another type at all, and whether what is kept around it can be kept. The
 * server is asked, in a transaction that writes nothing. */
#ifndef CORE_SCHEMA_MEANING_FIT_H
#define CORE_SCHEMA_MEANING_FIT_H

#include "core/pg/session.h"
#include "core/schema/model.h"

struct meaning_models {
	const struct model *old, *wanted;
	const struct model *target;	/* see target.h */
};

/* Errors: the connection is lost; STATUS_CONFIG, with what to do: no value of a column can be one of its new
 * type, or the new type does not go with a check, a foreign key or an index that is kept. */
MUST_CHECK bool meaning_fit(struct session *session, struct arena *arena,
    const struct meaning_models *models, struct error *err);

#endif
