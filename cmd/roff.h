/* roff: what a manual page is made of, as man(7) has it, and a page of Markdown in it. Pure. */
#ifndef CMD_ROFF_H
#define CMD_ROFF_H

#include "core/base/text.h"

/* The text as it is, with nothing in it that roff would obey. */
void roff_add(struct text *out, const char *string);

/* A line of a macro with one argument: ".SH" or ".SS". */
void roff_section(struct text *out, const char *macro, const char *title);

/* A tagged paragraph. */
void roff_item(struct text *out, const char *tag, const char *string);

/* The body of a page of this repository, without its title: headings of two and three levels, paragraphs, lists, fenced
 * blocks, tables, `code`, **bold** and links. A row of a table becomes a tagged paragraph. */
void roff_markdown(struct text *out, const char *page);

#endif
