/* labels: the labels of enums as lists of quoted literals, "'a', 'b'". Pure. */
#ifndef CORE_SCHEMA_LABELS_H
#define CORE_SCHEMA_LABELS_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/text.h"

struct names labels_split(struct arena *arena, const char *list);

/* A literal's text, and a text's literal. */
const char *labels_text(struct arena *arena, const char *literal);
const char *labels_literal(struct arena *arena, const char *text);

/* The old ones in their order, and each that only the wanted list has after the one that it follows
 * there, or before the one that follows it. */
const char *labels_merge(struct arena *arena, const char *old, const char *wanted);

#endif
