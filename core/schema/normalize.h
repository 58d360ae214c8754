/* normalize: whether two expressions differ in more than the way the server writes them. Pure.
 *
 * x IN ('a', 'b') on a varchar column is shown as ((x)::text = ANY ((ARRAY['a'::character
 * varying, 'b'::character varying])::text[])), and that, read again, as ((x)::text = ANY
 * (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])): ruleutils.c writes
 * each as it finds it. */
#ifndef CORE_SCHEMA_NORMALIZE_H
#define CORE_SCHEMA_NORMALIZE_H

#include <stdbool.h>

/* NULL is equal to NULL alone. */
bool normalize_equal(const char *one, const char *other);

#endif
