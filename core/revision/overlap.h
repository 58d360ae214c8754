/* overlap: revisions asked for together of which one needs another. Pure. */
#ifndef CORE_REVISION_OVERLAP_H
#define CORE_REVISION_OVERLAP_H

#include "core/revision/ident.h"

/* Fails, in Alembic's words, if one of the nodes is below another. */
MUST_CHECK bool overlap_check(struct lookup *lookup, const struct nodes *nodes);

#endif
