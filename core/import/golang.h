/* golang: a directory of golang-migrate's: 1_name.up.sql and 1_name.down.sql. */
#ifndef CORE_IMPORT_GOLANG_H
#define CORE_IMPORT_GOLANG_H

#include "core/import/import.h"

/* Errors as numbered_read's. A version with a down file alone has an empty up part, as there. */
MUST_CHECK bool import_golang(struct arena *arena, const char *place,
    const struct import_options *options, struct import *import, struct error *err);

#endif
