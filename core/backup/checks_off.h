/* checks_off: what has to be taken off a table for its rows to be taken back: checks that call functions, and
 * what these find is not there yet, or is not what it was. */
#ifndef CORE_BACKUP_CHECKS_OFF_H
#define CORE_BACKUP_CHECKS_OFF_H

#include "core/base/text.h"
#include "core/pg/session.h"

struct checks_off {
	struct names add, validate, name;	/* of each, by the same index */
};

/* Drops those that apply to the table, in SQL, and adds them to `off`. The search_path is empty. */
MUST_CHECK bool checks_drop(struct session *session, struct arena *arena, const char *table,
    struct checks_off *off, struct error *err);

/* Puts all of them back, unasked (NOT VALID). */
MUST_CHECK bool checks_add(
    struct session *session, const struct checks_off *off, struct error *err);

#endif
