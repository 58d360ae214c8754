#include "core/base/linediff.h"

#include <stdlib.h>

#include "core/base/text.h"
#include "tests/unit/tap.h"

static struct arena arena;

static const char *diff(const char *old, const char *new)
{
	return linediff(
	    &arena, &(struct linediff_side){"old", old, 1}, &(struct linediff_side){"new", new, 1});
}

/* Applies a diff without context to see that it says the truth. */
static bool rebuilds(const char *old, const char *new)
{
	struct text took = {.arena = &arena}, gave = {.arena = &arena};
	const char *at = diff(old, new);

	if (*at == '\0')
		return strcmp(old, new) == 0;
	for (; *at != '\0'; at += strcspn(at, "\n") + 1) {
		size_t length = strcspn(at, "\n") + 1;

		if (strncmp(at, "---", 3) == 0 || strncmp(at, "+++", 3) == 0 || *at == '@')
			continue;
		if (*at != '+')
			text_add_bytes(&took, at + 1, length - 1);
		if (*at != '-')
			text_add_bytes(&gave, at + 1, length - 1);
	}
	return strstr(old, text_string(&took)) != NULL && strstr(new, text_string(&gave)) != NULL;
}

static void test_random(void)
{
	bool good = true;

	srand(1);
	for (int round = 0; round < 2000 && good; round++) {
		char old[64] = "", new[64] = "";

		for (int i = 0; i < 6; i++) {
			old[2 * i] = (char)('a' + rand() % 3);
			new[2 * i] = (char)('a' + rand() % 3);
			old[2 * i + 1] = new[2 * i + 1] = '\n';
		}
		good = rebuilds(old, new);
		arena_reset(&arena);
	}
	ok(good, "what is taken and added rebuilds both texts, 2,000 times");
}

int main(void)
{
	is(diff("a\nb\n", "a\nb\n"), "", "nothing differs");
	is(diff("a  \nb\r\n", "a\nb\n"), "", "white space at the end of lines does not count");
	is(diff("a\nb\nc\n", "a\nB\nc\n"), "--- old\n+++ new\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n",
	    "a line is changed");
	is(diff("", "a\n"), "--- old\n+++ new\n@@ -1,0 +1,1 @@\n+a\n",
	    "a line is added to nothing");
	is(diff("a\n", ""), "--- old\n+++ new\n@@ -1,1 +1,0 @@\n-a\n", "all is taken away");
	is(diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
	    "--- old\n+++ new\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n",
	    "three lines of context");
	is(diff("a\n1\n2\n3\n4\n5\n6\n7\n8\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\n8\nB\n"),
	    "--- old\n+++ new\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -7,4 +7,4 @@\n 6\n 7\n "
	    "8\n-b\n+B\n",
	    "two changes far apart are two hunks");
	is(linediff(&arena, &(struct linediff_side){"old", "x\n", 8},
	       &(struct linediff_side){"new", "y\n", 12}),
	    "--- old\n+++ new\n@@ -8,1 +12,1 @@\n-x\n+y\n", "numbers begin where the texts do");
	test_random();
	arena_free(&arena);
	return tap_done();
}
