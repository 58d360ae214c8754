/* enum_guard: a value that ALTER TYPE … ADD VALUE adds cannot be used before that is committed (55P04,
 * "unsafe use of new value"). Seen from the text, before anything runs. */
#ifndef CORE_APPLY_ENUM_GUARD_H
#define CORE_APPLY_ENUM_GUARD_H

#include "core/apply/script.h"

/* What the statements of one transaction have done so far. Zero-initialise with the arena. */
struct enum_guard {
	struct arena *arena;
	struct names added;	/* values, as written with their quotes */
	const char *adder;	/* the revision that added the last of them */
};

/* Looks at a script that runs in the same transaction as those seen before. Errors: STATUS_CONFIG with
 * file and line where a value is used too early. Its marker's transaction:true overrules. */
MUST_CHECK bool enum_guard_see(
    struct enum_guard *guard, const struct script *script, struct error *err);

#endif
