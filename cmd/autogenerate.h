/* autogenerate: what revision --autogenerate, check and diff have in common. */
#ifndef CMD_AUTOGENERATE_H
#define CMD_AUTOGENERATE_H

#include "cmd/command.h"
#include "core/run/autogenerate.h"

/* Error, STATUS_PENDING, in Alembic's words, unless the open database is at every head. */
MUST_CHECK bool autogenerate_up_to_date(struct context *context, struct error *err);

/* Compares, says in the log what no kind describes and what is kept, and fails as
 * autogenerate_compare does. */
MUST_CHECK bool autogenerate_detect(struct context *context, const struct choices *choices,
    struct comparison *comparison, struct error *err);

/* The comparison as one object on stdout; `paths` are the files that were made of it. */
void autogenerate_json(
    struct arena *arena, const struct comparison *comparison, const struct names *paths);

#define AUTOGENERATE_VERBOSE \
	{"verbose", 'v', NULL, "name all that is kept, not ten of a kind"}

/* revision --autogenerate: `create` is the file as it would be without. */
MUST_CHECK bool autogenerate_command(
    struct context *context, const struct create *create, struct error *err);

#endif
