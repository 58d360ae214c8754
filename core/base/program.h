/* program: where a program is that a name stands for. */
#ifndef CORE_BASE_PROGRAM_H
#define CORE_BASE_PROGRAM_H

#include "core/base/arena.h"

/* The full path of a program as execvp would find it, or NULL. */
const char *program_find(struct arena *arena, const char *name);

#endif
