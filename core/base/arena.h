/* arena: memory that is freed all at once.
 *
 * A command has one arena; loops over unbounded input use a scratch arena that they reset. Running
 * out of memory ends the process with status 1: nothing in this program can go on without it. */
#ifndef CORE_BASE_ARENA_H
#define CORE_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "core/base/attr.h"

struct arena_block;

struct arena {
	struct arena_block *blocks;	/* newest first */
};

/* Zero-filled, aligned for any type. Valid until arena_reset or arena_free. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc, alloc_size(2)));

/* count * size, checked for overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* Room for one more behind `count` items of `size` bytes: `items` itself or, where it is full, a copy with
 * more capacity. NULL with a capacity of 0 is an empty one. */
void *arena_grow(
    struct arena *arena, void *items, size_t count, size_t *capacity, size_t size);

/* Copies; NULL stays NULL in arena_strdup. */
char *arena_strdup(struct arena *arena, const char *string);
char *arena_strndup(struct arena *arena, const char *string, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF(2, 3);
char *arena_vprintf(struct arena *arena, const char *format, va_list args) PRINTF(2, 0);

/* arena_reset keeps one block for the next round of a loop; arena_free keeps nothing. */
void arena_reset(struct arena *arena);
void arena_free(struct arena *arena);

#endif
