/* scan_plain: a statement with its names and strings spelled in the plainest way. Pure.
 *
 *   SELECT pg_catalog."set_config"(E'a\x62', U&'\0063', 'd' || 'e', $$f$$)
 *   SELECT pg_catalog . set_config ( 'ab' , 'c' , 'de' , 'f' )
 *
 * A name in quotes that stand for nothing loses them where it is a function's or a schema's, or begins with
 * pg_. An escaped character outside of ASCII is "?". Of bit strings nothing changes. */
#ifndef CORE_PG_SCAN_PLAIN_H
#define CORE_PG_SCAN_PLAIN_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/pg/token.h"

/* From where `lexer` is to its end; the text is the arena's. */
struct lexer scan_plain(struct arena *arena, struct lexer lexer);

/* '…' of every kind but bit strings, or $$…$$. */
bool scan_is_text(const struct token *token);

/* What such a token of a plain text says, which is not plain itself. */
struct lexer scan_said(struct arena *arena, const struct token *token);

#endif
