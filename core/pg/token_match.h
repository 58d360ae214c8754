/* token_match: does a statement begin as a pattern says? Pure.
 *
 * A pattern is a list of elements, separated by one space:
 *
 *   CREATE        this token, in any case
 *   ON|'on'|1     one of these tokens
 *   [UNIQUE|X]    one of these tokens, or none
 *   ()            a parenthesised list, or none
 *   *             any one token
 *   ''            a string
 *   ...           any tokens, as few as will do
 *   ;             the end of the statement
 *
 * "[…]" and "()" take what they can and never give it back. */
#ifndef CORE_PG_TOKEN_MATCH_H
#define CORE_PG_TOKEN_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "core/pg/token.h"
/* How an option of a statement is switched off. */
#define TOKEN_OFF "FALSE|OFF|NO|0|'false'|'off'|'no'|'0'"

/* Words after the last element don't matter. */
bool token_match(const char *sql, size_t length, const char *pattern);

/* The same from where the lexer is, and as it reads strings. */
bool token_match_from(const struct lexer *lexer, const char *pattern);

#endif
