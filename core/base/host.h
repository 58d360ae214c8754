/* host: what this machine, or container, is called. */
#ifndef CORE_BASE_HOST_H
#define CORE_BASE_HOST_H

#include "core/base/arena.h"

/* NULL if it is not known. */
const char *host_name(struct arena *arena);

#endif
