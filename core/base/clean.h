/* clean: text of a file, a server or a manifest on its way to somebody's eyes. Pure.
 *
 * Everything that steers a terminal, a log's reader or a chat goes through here: control characters of
 * both sets (ESC, CSI, OSC …), also as bytes that are no UTF-8, the line and paragraph separators, and
 * those that turn the direction of writing, with which a text can look like another one (CVE-2021-42574). */
#ifndef CORE_BASE_CLEAN_H
#define CORE_BASE_CLEAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/text.h"

/* Bytes of the well-formed UTF-8 sequence that `at` begins with, 0 if there is none (Unicode, table
 * 3-7). */
size_t clean_sequence(const char *at, uint32_t *character);

/* Is it one of the characters above? Tab and newline are. */
bool clean_steers(uint32_t character);

/* Adds the string with "?" for each of them; a tab stays, a newline and CR LF become `newline`. */
void clean_add(struct text *out, const char *string, const char *newline);

/* The same as a copy. */
const char *clean(struct arena *arena, const char *string, const char *newline);

#endif
