/* models_left: what Alembic's env.py leaves out of that which the database alone has, where its include_object and
 * include_name can be read; see models_env.py. */
#ifndef CORE_SCHEMA_MODELS_LEFT_H
#define CORE_SCHEMA_MODELS_LEFT_H

#include "core/base/error.h"
#include "core/schema/model.h"

/* "index public.ix": parts of tables that both models have and that `old` alone has, as far as they are left out.
 * Python is run if there is any such part. Errors: it cannot be. */
MUST_CHECK bool models_left(struct arena *arena, const char *python, const struct model *old,
    const struct model *target, struct names *left, struct error *err);

#endif
