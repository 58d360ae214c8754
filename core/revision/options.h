/* options: those of a marker line in one form, however they are written: "-- migrate:up
 * transaction:false lock_timeout:2000ms" is "lock_timeout:2s transaction:false". Pure. */
#ifndef CORE_REVISION_OPTIONS_H
#define CORE_REVISION_OPTIONS_H

#include "core/base/text.h"

/* Notes one that was understood, in place of an earlier one of its name. What changes nothing,
 * transaction:true, is left out. */
void options_keep(
    struct arena *arena, struct names *options, const char *name, const char *value);

/* In the order of their names; "" for none. */
const char *options_text(struct arena *arena, const struct names *options);

#endif
