#include "core/base/text.h"

#include <limits.h>

#include "tests/unit/tap.h"

static struct arena arena;

static void test_text(void)
{
	struct text text = {.arena = &arena};
	bool same = true;

	is(text_string(&text), "", "an untouched text is the empty string");
	text_add(&text, "ab");
	text_add_bytes(&text, "cdef", 2);
	text_printf(&text, "-%d", 42);
	is(text_string(&text), "abcd-42", "additions follow each other");
	is_int(text.length, 7, "the length is counted");
	text_add_bytes(&text, "\0x", 2);
	is_int(text.length, 9, "bytes may contain zero");
	text = (struct text){.arena = &arena};
	for (int i = 0; i < 10000; i++)
		text_printf(&text, "%04d", i);
	for (int i = 0; i < 10000; i++)
		same = same && memcmp(text.data + 4 * i, arena_printf(&arena, "%04d", i), 4) == 0;
	ok(same && strlen(text.data) == 40000, "a text grows and keeps what it has");
}

static void test_names(void)
{
	const char *given[] = {"c", "a", "b"};
	struct names names = {.items = given, .count = 3}, none = {0}, many = {0};

	is(names_join(&arena, &none, ", "), "", "no names join to the empty string");
	names_sort(&none);
	names_add(&arena, &names, "B");
	is(names_join(&arena, &names, ", "), "c, a, b, B",
	    "a name is added to a list from elsewhere");
	names_sort(&names);
	is(names_join(&arena, &names, ""), "Babc", "names are sorted by bytes");
	ok(names_has(&names, "a") && !names_has(&names, "A"), "a name is found by its bytes");
	for (int i = 0; i < 1000; i++)
		names_add(&arena, &many, arena_printf(&arena, "%d", i));
	is(many.items[999], "999", "a list grows");
	names = names_split(&arena, ", a,,b c ,", ", ");
	is(names_join(&arena, &names, "|"), "a|b|c", "a split leaves out empty items");
	is_int(names_split(&arena, " ,", ", ").count, 0, "separators alone split to nothing");
}

static void test_ends(void)
{
	ok(text_starts("migrate", "mig") && text_starts("x", ""), "a prefix is recognised");
	ok(!text_starts("mig", "migrate"), "a string does not start with a longer one");
	ok(text_ends("a.sql", ".sql") && text_ends("x", ""), "a suffix is recognised");
	ok(!text_ends("sql", ".sql"), "a string does not end with a longer one");
	is(text_trim(&arena, " \t a b\r\n", 8), "a b", "white space at both ends is trimmed");
	is(text_trim(&arena, "  ", 2), "", "white space alone trims to nothing");
	is(text_trim(&arena, " abc", 3), "ab", "a trim ends at the length");
}

static void test_nearest(void)
{
	static const char *const words[] = {"upgrade", "downgrade", "current", "history", "heads",
	    "check", "stamp", "backup", "db", "a"};
	static const struct {
		const char *word, *nearest;
	} cases[] = {
	    {"upgrade", "upgrade"},
	    {"upgrad", "upgrade"},
	    {"upgarde", "upgrade"},
	    {"dwngrade", "downgrade"},
	    {"curent", "current"},
	    {"head", "heads"},
	    {"back", "backup"},
	    {"his", "history"},
	    {"dv", "db"},
	    {"hi", NULL},
	    {"x", NULL},
	    {"", NULL},
	    {"frobnicate", NULL},
	    {"hsitroy", "history"},
	    {"0123456789012345678901234567890123456789012345678901234567890123456789", NULL},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		is(text_nearest(cases[i].word, words, COUNT(words)), cases[i].nearest,
		    "the word meant by '%s' is %s", cases[i].word,
		    cases[i].nearest ? cases[i].nearest : "unknown");
	is(text_nearest("up", NULL, 0), NULL, "of no candidates none is near");
}

static void test_numbers(void)
{
	static const char *const wrong[] = {
	    "", "-1", "+1", " 1", "1 ", "1x", "0x1", "9223372036854775808", "99999999999999999999"};
	long number = 7;

	for (size_t i = 0; i < COUNT(wrong); i++)
		ok(!text_to_long(wrong[i], &number) && number == 7, "'%s' is no number", wrong[i]);
	ok(text_to_long("0", &number) && number == 0, "0 is a number");
	ok(text_to_long("007", &number) && number == 7, "leading zeros are allowed");
	ok(text_to_long("9223372036854775807", &number) && number == LONG_MAX,
	    "the greatest number is one");
}

static void test_ms(void)
{
	static const struct {
		const char *string;
		long ms;
	} cases[] = {
	    {"0", 0},
	    {"90", 90000},
	    {"90s", 90000},
	    {"1500ms", 1500},
	    {"5m", 300000},
	    {"5min", 300000},
	    {"2h", 7200000},
	    {"1d", 86400000},
	    {"9223372036854775807ms", LONG_MAX},
	};
	static const char *const wrong[] = {"", "s", "-1s", "1.5s", "5 s", "5S", "5w",
	    "9223372036854775807", "9223372036854775808ms"};
	long ms = 7;

	for (size_t i = 0; i < COUNT(wrong); i++)
		ok(!text_to_ms(wrong[i], &ms) && ms == 7, "'%s' is no duration", wrong[i]);
	for (size_t i = 0; i < COUNT(cases); i++)
		ok(text_to_ms(cases[i].string, &ms) && ms == cases[i].ms, "'%s' is %ld ms",
		    cases[i].string, cases[i].ms);
}

static void test_people(void)
{
	static const struct {
		long ms;
		const char *string;
	} durations[] = {{-5, "0 ms"}, {0, "0 ms"}, {999, "999 ms"}, {1000, "1.0 s"},
	    {4199, "4.1 s"}, {59999, "59.9 s"}, {60000, "1 min"}, {125000, "2 min 5 s"},
	    {3600000, "1 h"}, {5430000, "1 h 30 min"}, {90000000, "25 h"}};
	static const struct {
		long long bytes;
		const char *string;
		const char *at_most;
	} sizes[] = {{-1, "0 B", "0 B"}, {0, "0 B", "0 B"}, {1023, "1023 B", "1023 B"},
	    {1024, "1.0 kB", "1.0 kB"}, {1025, "1.0 kB", "1.1 kB"},
	    {12897485, "12.3 MB", "12.4 MB"}, {1048575, "1023.9 kB", "1024.0 kB"},
	    {1048576, "1.0 MB", "1.0 MB"}, {LLONG_MAX, "8191.9 PB", "8192.0 PB"}};

	for (size_t i = 0; i < COUNT(durations); i++)
		is(text_duration(&arena, durations[i].ms), durations[i].string, "%ld ms is %s",
		    durations[i].ms, durations[i].string);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		is(text_size(&arena, sizes[i].bytes), sizes[i].string, "%lld bytes is %s",
		    sizes[i].bytes, sizes[i].string);
		is(text_size_at_most(&arena, sizes[i].bytes), sizes[i].at_most,
		    "%lld bytes is at most %s", sizes[i].bytes, sizes[i].at_most);
	}
}

int main(void)
{
	test_text();
	test_names();
	test_ends();
	test_nearest();
	test_numbers();
	test_ms();
	test_people();
	arena_free(&arena);
	return tap_done();
}
