/* config_ini: the raw settings in a migrate.ini or an alembic.ini. For the config module; the only
 * includer of ini.h. */
#ifndef CORE_BASE_CONFIG_INI_H
#define CORE_BASE_CONFIG_INI_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/config.h"
#include "core/base/error.h"

struct ini_value {
	const char *text; /* as it stands in the file; may be empty */
	long line; /* 0: the file doesn't have it */
};

struct ini {
	const char *path;
	const char *alembic; /* the section that counts in an alembic.ini, NULL in a migrate.ini */
	struct ini_value values[SETTING_COUNT];
};

/* Reads and parses `path`. In a migrate.ini everything that is not a known setting is an error; of
 * a file whose name ends in alembic.ini only what has a counterpart here is taken, from `section`
 * (NULL: [alembic]). Errors: STATUS_CONFIG with the line. */
MUST_CHECK bool ini_read(struct arena *arena, const char *path, const char *section,
    struct ini *ini, struct error *err);

#endif
