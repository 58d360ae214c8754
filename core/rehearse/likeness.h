/* likeness: everything that a schema consists of, a line for each thing, so that two can be compared.
 * The order of columns, which no ALTER TABLE can restore, is not in it, nor are our own two tables. */
#ifndef CORE_REHEARSE_LIKENESS_H
#define CORE_REHEARSE_LIKENESS_H

#include "core/base/text.h"
#include "core/pg/session.h"

/* Sorted. Reads one snapshot; outside of a transaction. */
MUST_CHECK bool likeness_read(
    struct session *session, struct arena *arena, struct names *lines, struct error *err);

/* "- column public.users.email text" for what is missing in `now`, "+ …" for what `before` has not;
 * the lines' first ones. */
struct names likeness_compare(
    struct arena *arena, const struct names *before, const struct names *now);

#endif
