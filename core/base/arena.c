#include "core/base/arena.h"

#include <limits.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GROW_MIN 4 /* items */

/* Under AddressSanitizer every allocation is followed by bytes that may not be touched. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define POISON(data, size) ASAN_POISON_MEMORY_REGION((data), (size))
#define UNPOISON(data, size) ASAN_UNPOISON_MEMORY_REGION((data), (size))
#define GAP ALIGNMENT
#else
#define POISON(data, size) ((void)0)
#define UNPOISON(data, size) ((void)0)
#define GAP 0
#endif

#define ALIGNMENT alignof(max_align_t)
#define BLOCK_MIN ((size_t)4 << 10)
#define BLOCK_MAX ((size_t)1 << 20)

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char data[];
};

NORETURN static void out_of_memory(void)
{
	static const char message[] = "migrate: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, message, sizeof(message) - 1);

	(void)ignored;
	_exit(1);
}

static struct arena_block *block_new(size_t size)
{
	struct arena_block *block = calloc(1, sizeof(*block) + size);

	if (block == NULL)
		out_of_memory();
	block->size = size;
	POISON(block->data, size);
	return block;
}

/* The block to take `size` bytes from. A big allocation gets a block of its own behind the newest
 * one, whose free part stays in use. */
static struct arena_block *block_for(struct arena *arena, size_t size)
{
	struct arena_block *head = arena->blocks, *block;
	size_t next = head == NULL ? BLOCK_MIN : head->size * 2;

	if (head != NULL && head->size - head->used >= size)
		return head;
	if (next < BLOCK_MIN)
		next = BLOCK_MIN;
	if (next > BLOCK_MAX)
		next = BLOCK_MAX;
	block = block_new(size > next / 2 ? size : next);
	if (size > next / 2 && head != NULL) {
		block->next = head->next;
		head->next = block;
		return block;
	}
	block->next = head;
	arena->blocks = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block;
	unsigned char *data;
	size_t whole;

	if (size > PTRDIFF_MAX - sizeof(*block) - 4 * ALIGNMENT)
		out_of_memory();
	whole = (size + GAP + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	block = block_for(arena, whole);
	data = block->data + block->used;
	block->used += whole;
	UNPOISON(data, size);
	return data;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		out_of_memory();
	return arena_alloc(arena, count * size);
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
	void *copy;

	if (count < *capacity)
		return items;
	if (count > SIZE_MAX / 2)
		out_of_memory();
	*capacity = count < GROW_MIN ? GROW_MIN : count * 2;
	copy = arena_array(arena, *capacity, size);
	if (count > 0)
		memcpy(copy, items, count * size);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *string)
{
	return string == NULL ? NULL : arena_strndup(arena, string, strlen(string));
}

char *arena_strndup(struct arena *arena, const char *string, size_t length)
{
	char *copy;

	if (length == SIZE_MAX)
		out_of_memory();
	copy = arena_alloc(arena, length + 1);
	if (length > 0)
		memcpy(copy, string, length);
	return copy;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	char *string;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0 || length == INT_MAX)
		out_of_memory();
	string = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(string, (size_t)length + 1, format, args);
	return string;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *string;

	va_start(args, format);
	string = arena_vprintf(arena, format, args);
	va_end(args);
	return string;
}

static void free_blocks(struct arena_block *block)
{
	while (block != NULL) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void arena_reset(struct arena *arena)
{
	struct arena_block *kept = arena->blocks;

	if (kept == NULL)
		return;
	free_blocks(kept->next);
	kept->next = NULL;
	UNPOISON(kept->data, kept->used);
	memset(kept->data, 0, kept->used);
	POISON(kept->data, kept->size);
	kept->used = 0;
}

void arena_free(struct arena *arena)
{
	free_blocks(arena->blocks);
	arena->blocks = NULL;
}
