/* source: reads and splits a part piece by piece, so that big COPY data never are in memory. */
#ifndef CORE_APPLY_SOURCE_H
#define CORE_APPLY_SOURCE_H

#include "core/apply/script.h"

/* Fills in sql, length, statements and bulks. Errors: revision_open's, scan_next's, a stop's. */
MUST_CHECK bool source_read(
    struct arena *arena, bool escape_strings, struct script *script, struct error *err);

#endif
