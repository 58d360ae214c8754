#include "core/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tap.h"

static bool is_zero(const unsigned char *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (data[i] != 0)
			return false;
	return true;
}

static void test_allocations(void)
{
	static const size_t sizes[] = {1, 0, 7, 100, 5000, 16384, 16385, 3, 300000, 5000000, 9};
	unsigned char *data[COUNT(sizes)];
	struct arena arena = {0};
	bool zero = true, aligned = true, apart = true;

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < COUNT(sizes); i++) {
			data[i] = arena_alloc(&arena, sizes[i]);
			zero = zero && is_zero(data[i], sizes[i]);
			aligned = aligned && (uintptr_t)data[i] % alignof(max_align_t) == 0;
			memset(data[i], (int)i + 1, sizes[i]);
		}
		for (size_t i = 0; i < COUNT(sizes); i++)
			for (size_t j = 0; j < sizes[i]; j++)
				apart = apart && data[i][j] == i + 1;
		arena_reset(&arena);
	}
	ok(zero, "memory is zero-filled, after a reset too");
	ok(aligned, "memory is aligned for any type");
	ok(apart, "allocations do not overlap");
	arena_free(&arena);
	ok(arena.blocks == NULL, "arena_free keeps nothing");
	arena_free(&arena);
	arena_reset(&arena);
	ok(arena.blocks == NULL, "an empty arena can be freed and reset");
}

static void test_reuse(void)
{
	struct arena arena = {0};
	const void *first = arena_alloc(&arena, 100);

	arena_alloc(&arena, 1000000);
	ok(arena_alloc(&arena, 100) < (const void *)((const char *)first + 1000),
	    "a big allocation leaves the block before it in use");
	arena_reset(&arena);
	ok(arena_alloc(&arena, 100) == first, "a reset keeps a block for the next round");
	arena_free(&arena);
}

static void test_strings(void)
{
	struct arena arena = {0};

	is(arena_strdup(&arena, NULL), NULL, "NULL stays NULL");
	is(arena_strdup(&arena, "abc"), "abc", "a string is copied");
	is(arena_strndup(&arena, "abc", 2), "ab", "a part of a string is copied and terminated");
	is(arena_printf(&arena, "%s-%d", "x", 5), "x-5", "a string is formatted");
	is_int(strlen(arena_printf(&arena, "%100000d", 1)), 100000, "a long string is formatted");
	arena_free(&arena);
}

static void test_growth(void)
{
	static int borrowed[] = {7, 8};
	struct arena arena = {0};
	int *items = borrowed;
	size_t count = COUNT(borrowed), capacity = 0;

	items = arena_grow(&arena, items, count, &capacity, sizeof(*items));
	ok(items != borrowed && items[0] == 7 && items[1] == 8, "what is borrowed is copied");
	ok(capacity > count && items[count] == 0, "there is room, and it is empty");
	while (count < 1000) {
		items = arena_grow(&arena, items, count, &capacity, sizeof(*items));
		items[count] = (int)count;
		count++;
	}
	for (size_t i = 2; i < count; i++)
		if (items[i] != (int)i)
			count = i;
	is_int(count, 1000, "items stay while it grows");
	ok(capacity >= 1000 && capacity < 3000, "by doubling");
	arena_free(&arena);
}

static int status_of_array(size_t count, size_t size)
{
	struct arena arena = {0};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close(STDERR_FILENO);
		arena_array(&arena, count, size);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(void)
{
	test_allocations();
	test_reuse();
	test_strings();
	test_growth();
	is_int(
	    status_of_array(SIZE_MAX / 8, 16), 1, "an overflow of count * size ends the process");
	is_int(status_of_array(SIZE_MAX, 1), 1, "an impossible size ends the process");
	is_int(status_of_array(10, 10), 0, "an array is allocated");
	return tap_done();
}
