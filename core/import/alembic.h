/* alembic: an Alembic environment, read by its own python.
 *
 * import_record.py and import_alembic.py run there: env.py configures Alembic in offline mode, and
 * every revision is told, with the SQL of its two directions, on one line of JSON each. */
#ifndef CORE_IMPORT_ALEMBIC_H
#define CORE_IMPORT_ALEMBIC_H

#include "core/import/import.h"

/* `place` is an alembic.ini, a pyproject.toml, or a directory that holds one or env.py; NULL: the
 * working directory. Nothing is sent to a database. Parts that need a database's answer come with
 * their reason. Errors, STATUS_CONFIG: no python, no Alembic there, an environment that does not
 * work, and a graph that is not the one Alembic makes of the same revisions. */
MUST_CHECK bool import_alembic(struct arena *arena, const char *place,
    const struct import_options *options, struct import *import, struct error *err);

#endif
