/* settings: what follows from the table of settings alone: which one a name means, whether a value
 * fits its type, how a secret is shown. Pure; for the config module. */
#ifndef CORE_BASE_SETTINGS_H
#define CORE_BASE_SETTINGS_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/config.h"
#include "core/base/error.h"

/* Whether any setting is in [section]. Error: STATUS_CONFIG, with the nearest known name in the
 * hint. */
MUST_CHECK bool settings_check_section(const char *section, struct error *err);

/* Sets *id to the setting of [section] key, the section being known. Error: as above. */
MUST_CHECK bool settings_find(
    const char *section, const char *key, enum setting_id *id, struct error *err);

/* Whether the value fits the setting's type. `number` becomes the number, the milliseconds, 1 or 0
 * for a switch, and 0 for everything else. */
MUST_CHECK bool settings_check(enum setting_id id, const char *value, long *number);

/* What settings_check wants, for a message: "a whole number". */
const char *settings_expected(struct arena *arena, enum setting_id id);

/* `value` with "***" in place of: what stands between the first ':' after "://" and the last '@',
 * and the value of every parameter whose name ends in "password", "secret", "token", "signature" or
 * "sig", in the query of a URL or in libpq's keyword form. A malformed URL rather loses too much than
 * too little. */
const char *settings_mask(struct arena *arena, const char *value);

#endif
