/* manual: the manual pages, in roff for man(1), from the tables that --help is printed from,
 * and from the pages of this repository. */
#ifndef CMD_MANUAL_H
#define CMD_MANUAL_H

#include "core/base/arena.h"
#include "core/base/error.h"

/* Prints a page, as "migrate.ini.5". One that there is not: STATUS_USAGE. */
MUST_CHECK bool manual_print(struct arena *arena, const char *page, struct error *err);

#endif
