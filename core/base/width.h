/* width: how many columns of a terminal a text takes, by Unicode and not by the locale, which a
 * container seldom has. Pure.
 *
 * Text is UTF-8. Wide characters take two columns, combining ones none, everything else one: also what
 * is printed as "?" (clean.h). */
#ifndef CORE_BASE_WIDTH_H
#define CORE_BASE_WIDTH_H

#include <stddef.h>

size_t width_of(const char *string);

/* Bytes of the longest beginning of the `length` bytes that fits into *room columns; *room becomes
 * what is left of them. */
size_t width_fit(const char *string, size_t length, size_t *room);

#endif
