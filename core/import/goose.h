/* goose: a directory of goose's: 00001_name.sql, with `-- +goose Up`, `Down`,
 * `StatementBegin`, `StatementEnd`, `NO TRANSACTION` and `ENVSUB ON`, and 00002_name.go. */
#ifndef CORE_IMPORT_GOOSE_H
#define CORE_IMPORT_GOOSE_H

#include "core/import/import.h"

/* A migration in Go, and SQL into which the environment is substituted, are left to people. Errors
 * as numbered_read's, and STATUS_CONFIG with file and line: what goose refuses in its
 * annotations. */
MUST_CHECK bool import_goose(struct arena *arena, const char *place,
    const struct import_options *options, struct import *import, struct error *err);

#endif
