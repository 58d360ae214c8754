/* terminal: what can be shown where a descriptor leads.
 *
 * Colour is for terminals, unless --color says otherwise; NO_COLOR (no-color.org) and TERM=dumb turn
 * it off. Anything but ASCII is for terminals whose locale has UTF-8. */
#ifndef CORE_BASE_TERMINAL_H
#define CORE_BASE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/text.h"

struct terminal {
	bool present;	/* it is one that can do more than write line after line */
	bool colour, unicode;
	size_t columns;	/* SIZE_MAX: lines have no end */
};

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

/* Like the log's level: set once by cmd/migrate.c. */
void terminal_set_colour(enum colour colour);

struct terminal terminal_of(int fd);

/* What a text is; how that looks is in one table. */
enum style {
	STYLE_PLAIN,
	STYLE_STRONG,
	STYLE_FAINT,
	STYLE_ID,
	STYLE_GOOD,
	STYLE_DOUBTFUL,
	STYLE_BAD
};

/* Adds the string as one line (clean.h), coloured where the terminal has colours. */
void terminal_add(
    struct text *out, const struct terminal *terminal, enum style style, const char *string);

/* "✓", "!", "✗", "·" for good, doubtful, bad and everything else; "ok", "!", "x", "-" without Unicode. */
const char *terminal_mark(const struct terminal *terminal, enum style style);

#endif
