/* wanted: what the models want of the database, as a model. */
#ifndef CORE_SCHEMA_WANTED_H
#define CORE_SCHEMA_WANTED_H

#include "core/schema/load.h"

struct wanted {
	struct adoption *adoption;	/* what is not compared */
	struct model *model;		/* with that as in the live one */
	struct model *loaded;		/* what the shadow really has */
};

/* Loads the models into the open shadow and reads what that makes: names without a schema where the application's
 * connection finds them. Errors as load_models, and the server's. */
MUST_CHECK bool wanted_read(struct arena *arena, struct shadow *shadow,
    const struct load_source *source, struct wanted *wanted, struct error *err);

#endif
