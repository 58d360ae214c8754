/* url: SQLAlchemy's database URLs, made into the ones that libpq reads. Pure but for the debug log.
 */
#ifndef CORE_PG_URL_H
#define CORE_PG_URL_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/text.h"

/* True for anything of the form word://…; other strings are libpq's "keyword=value …". */
bool url_is(const char *string);

/* "postgresql+driver://…?ssl=require" to "postgresql://…?sslmode=require". `known` are libpq's
 * keywords; options of the drivers' own are left out. Errors, STATUS_CONFIG, quote at most an
 * option's name, since the rest may be a part of a password. */
MUST_CHECK bool url_normalise(struct arena *arena, const char *url, const struct names *known,
    const char **normal, struct error *err);

#endif
