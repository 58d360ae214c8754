/* mask: SQL, and what a server says of it, without what may be a secret. Pure.
 *
 * There are two readers. Who runs a migration sees the statement that failed, on a terminal and in the
 * log, but for what follows a word like PASSWORD, SECRET or KEY: MASK_SECRETS. What is kept (journal,
 * termination log) or leaves the machine (notifications, traces) has no literal at all: MASK_LITERALS.
 * Where a text is cut or cannot be split into tokens, more is masked, never less. */
#ifndef CORE_PG_MASK_H
#define CORE_PG_MASK_H

#include "core/base/error.h"
#include "core/base/text.h"

#define MASK_READ_MOST ((size_t)64 << 10)	/* bytes of SQL; what comes after them is not shown */
#define MASK_LONG_NUMBER 6			/* digits that may be of a card, a telephone, a person */

enum mask { MASK_SECRETS, MASK_LITERALS };

/* The SQL with '…' for the literals that are masked, at most a number of bytes that is enough for
 * people. `hidden`, unless NULL, gets what they were. */
const char *mask_sql(struct arena *arena, const char *sql, size_t length, enum mask mask,
    struct names *hidden);

/* Adds what the literals of the SQL stand for, also those in the bodies of DO and functions and in strings that
 * are SQL; not the format of a RAISE, which is what its author wants to be told. */
void mask_literals(struct arena *arena, const char *sql, size_t length, struct names *literals);

/* Another session's query by MASK_LITERALS, on one line and without comments. */
const char *mask_query(struct arena *arena, const char *sql);

/* A server's message, detail or context: with MASK_LITERALS what stands in quotes stays only where the
 * word before says that it is a name ('relation "t"'), so that another language's loses all. */
const char *mask_words(struct arena *arena, const char *words, enum mask mask);

/* error_statement by MASK_SECRETS, which holds for the error's other texts, too. Notes err->literals for
 * mask_error. Returns false. */
bool mask_blame(struct error *err, const char *sql, size_t length);

/* The error as it may be kept or leave the machine. */
void mask_error(const struct error *err, struct error *masked);

/* Its message alone; NULL for NULL. */
const char *mask_message(struct arena *arena, const struct error *err);

/* Does the word announce a secret: "password", "api_key", "pgp_sym_encrypt" …? */
bool mask_is_secret(const char *word, size_t length);

#endif
