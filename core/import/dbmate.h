/* dbmate: a directory of dbmate's: 20240102030405_name.sql, with `-- migrate:up` and
 * `-- migrate:down`, each with `transaction:false` or not. */
#ifndef CORE_IMPORT_DBMATE_H
#define CORE_IMPORT_DBMATE_H

#include "core/import/import.h"

/* Errors as numbered_read's, and STATUS_CONFIG with file and line: SQL before the first marker, no
 * up part, several of them, which dbmate cannot apply on PostgreSQL. */
MUST_CHECK bool import_dbmate(struct arena *arena, const char *place,
    const struct import_options *options, struct import *import, struct error *err);

#endif
