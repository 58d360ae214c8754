/* program: where a program is that a name stands for. */
#ifndef CORE_BASE_PROGRAM_H
#define CORE_BASE_PROGRAM_H

#include <stdbool.h>

#include "core/base/arena.h"

/* The paths that execvp tries for `name`, in their order: itself, if it has a slash, or one in each directory
 * of PATH. Ends when `visit` returns false. Allocates nothing. */
void program_each(
    const char *name, bool (*visit)(void *context, const char *path), void *context);

/* PATH, or what stands for it where it is not set. */
const char *program_path(void);

/* The full path of a program as execvp would find it, or NULL. */
const char *program_find(struct arena *arena, const char *name);

#endif
