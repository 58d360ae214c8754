#include "core/base/width.h"

#include <stdint.h>

#include "core/base/table.h"
#include "tests/unit/tap.h"

static struct arena arena;

static void test_width(void)
{
	static const struct {
		const char *string;
		size_t columns;
	} cases[] = {
	    {"", 0},
	    {"abc", 3},
	    {"добавить", 8},
	    {"通知", 4},
	    {"한글", 4},
	    {"ｆｕｌｌ", 8},
	    {"e\u0301", 1},
	    {"\u200b", 0},
	    {"🚀", 2},
	    {"…✓→", 3},
	    {"\xFF\xD0", 2},
	    {"\xE2\x82", 2},
	    {"\t", 1},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		is_int(width_of(cases[i].string), cases[i].columns, "'%s'", cases[i].string);
}

static void test_fit(void)
{
	size_t room = 3;

	is_int(
	    width_fit("通知", strlen("通知"), &room), 3, "half of a wide character does not fit");
	is_int(room, 1, "and leaves a column");
	room = 5;
	is_int(width_fit("да", strlen("да"), &room), 4, "all of it fits");
	is_int(room, 3, "and leaves the rest");
	is(text_cut(&arena, "通知テーブル", 6), "通知…", "a cut counts columns");
	is(text_cut(&arena, "通知", 4), "通知", "and leaves what fits");
	is(text_cut(&arena, "добавить", 4), "доб…", "in Cyrillic, too");
	is(text_cut(&arena, "abc", 0), "", "no columns, no text");
}

static const char *table_in(size_t columns)
{
	const struct terminal terminal = {.present = columns < SIZE_MAX, .columns = columns};
	struct table table = {.arena = &arena, .terminal = &terminal, .columns = 3};

	table_add(&table,
	    &(struct row){{{.text = "ключ"}, {.text = "通"}, {.text = "one two three four"}}});
	table_add(&table, &(struct row){{{.text = "k"}, {.text = "x"}, {.text = "five"}}});
	table_add(&table, &(struct row){{{.text = "only"}}});
	return table_string(&table);
}

static void test_table(void)
{
	is(table_in(SIZE_MAX), "ключ  通  one two three four\nk     x   five\nonly\n",
	    "columns stand below one another");
	is(table_in(27), "ключ  通  one two three\n          four\nk     x   five\nonly\n",
	    "the last one is wrapped at words");
	is(table_in(20), "ключ  通\n    one two three\n    four\nk     x\n    five\nonly\n",
	    "or begins a line of its own");
}

static void test_terminal(void)
{
	const struct terminal plain = {.columns = SIZE_MAX};
	const struct terminal able
	    = {.present = true, .colour = true, .unicode = true, .columns = 80};
	struct text out = {.arena = &arena};

	terminal_add(&out, &able, STYLE_BAD, "a\033b");
	is(text_string(&out), "\033[31ma?b\033[m", "what is shown does not steer the terminal");
	out = (struct text){.arena = &arena};
	terminal_add(&out, &plain, STYLE_BAD, "a");
	is(text_string(&out), "a", "no colour where there is none");
	is(terminal_mark(&able, STYLE_GOOD), "✓", "a mark");
	is(terminal_mark(&plain, STYLE_GOOD), "ok", "in ASCII");
}

int main(void)
{
	test_width();
	test_fit();
	test_table();
	test_terminal();
	arena_free(&arena);
	return tap_done();
}
