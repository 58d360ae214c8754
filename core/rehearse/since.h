/* since: which files a branch adds or changes, as git says. */
#ifndef CORE_REHEARSE_SINCE_H
#define CORE_REHEARSE_SINCE_H

#include "core/base/error.h"
#include "core/base/text.h"

/* The files in `directory`, by their paths, that the commit `reference` has not, or has otherwise; those git does
 * not know yet are among them. Errors: STATUS_CONFIG, where git is missing, the directory is in no repository,
 * or the reference is not there. */
MUST_CHECK bool since_find(struct arena *arena, const char *directory, const char *reference,
    struct names *paths, struct error *err);

#endif
