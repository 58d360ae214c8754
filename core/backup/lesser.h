/* lesser: what only a superuser makes as it was, made as far as another role may. */
#ifndef CORE_BACKUP_LESSER_H
#define CORE_BACKUP_LESSER_H

#include "core/backup/left_out.h"
#include "core/backup/load.h"

/* Functions that are LEAKPROOF become functions that are not, which only makes plans slower: tables, indexes
 * and views may need them. What is missing of them is added to `left`. Errors: load_goes_on's. */
MUST_CHECK bool lesser_make(struct load *load, struct toc_statement *const *some, size_t count,
    struct left_out *left, struct error *err);

#endif
