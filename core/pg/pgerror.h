/* pgerror: what libpq and the server say went wrong, as an error. */
#ifndef CORE_PG_PGERROR_H
#define CORE_PG_PGERROR_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "core/base/error.h"

/* A failed result: STATUS_FAILED, or STATUS_UNREACHABLE where the connection or the server ends; 08006
 * where it broke and the server said nothing. The detail takes in the context. Returns false. */
bool pgerror_result(const PGresult *result, struct error *err);

/* What PgBouncer says to a BEGIN where it pools by the statement, before it closes the connection. */
bool pgerror_is_statement_mode(const char *message);

/* That error: STATUS_CONFIG, with the way around. Returns false. */
bool pgerror_statement_mode(struct error *err);

/* The text of a failed connect under PQERRORS_VERBOSE, the only place that has its SQLSTATE:
 * STATUS_UNREACHABLE, or STATUS_CONFIG where libpq did not even try. Pure. Returns false. */
bool pgerror_connect(const char *text, struct error *err);

#endif
