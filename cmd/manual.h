/* manual: the manual pages, in roff for man(1), from the tables that --help is printed from. */
#ifndef CMD_MANUAL_H
#define CMD_MANUAL_H

#include "core/base/arena.h"
#include "core/base/error.h"

/* Prints "migrate.1" or "migrate.ini.5". Another page: STATUS_USAGE. */
MUST_CHECK bool manual_print(struct arena *arena, const char *page, struct error *err);

#endif
