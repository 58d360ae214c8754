#include "core/base/clean.h"

#include "core/base/json.h"
#include "core/base/width.h"
#include "tests/unit/tap.h"

static struct arena arena;

static const struct {
	const char *string, *cleaned, *name;
} cases[] = {
    {"\033[31mred", "?[31mred", "ESC"},
    {"\033]0;title\007x", "?]0;title?x", "OSC and BEL"},
    {"\302\233"
     "31mred",
	"?31mred", "CSI as one character of C1"},
    {"\233"
     "31mred",
	"?31mred", "CSI as one byte"},
    {"\302\220q\302\234", "?q?", "DCS and ST"},
    {"a\177b\bc", "a?b?c", "DEL and backspace"},
    {"a\342\200\256b\342\200\254", "a?b?", "a right-to-left override and its end"},
    {"a\342\201\246b\342\201\251", "a?b?", "isolates"},
    {"a\342\200\217b\330\234", "a?b?", "a right-to-left mark, an Arabic letter mark"},
    {"a\342\200\250b\342\200\251", "a?b?", "separators of lines and paragraphs"},
    {"a\300\233b\340\202\233c", "a??b???c", "C1 in overlong forms"},
    {"cut \342\200", "cut ??", "a character that was cut"},
    {"a\tb\nc\r\nd\re", "a\tb|c|d?e", "tab, newlines and a return"},
    {"na\303\257ve \346\227\245\346\234\254 \360\237\230\200",
	"na\303\257ve \346\227\245\346\234\254 \360\237\230\200", "letters of all lengths stay"},
    {"\326\261\327\220\330\247", "\326\261\327\220\330\247",
	"so do those that are written from the right"},
    {"", "", "nothing"},
};

static void test_json(void)
{
	struct text out = {.arena = &arena};

	json_text(&out, NULL, "\033\302\233\177\342\200\256\303\251\"\n");
	is(text_string(&out), "\"\\u001b\\u009b\\u007f\\u202e\303\251\\\"\\n\"",
	    "JSON escapes them, and loses none");
}

int main(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *cleaned = clean(&arena, cases[i].string, "|");

		is(cleaned, cases[i].cleaned, "%s", cases[i].name);
		is(clean(&arena, cleaned, "|"), cleaned, "… and it is clean then");
	}
	is_int(width_of("a\342\200\256b"), 3, "what becomes a '?' has its width");
	test_json();
	arena_free(&arena);
	return tap_done();
}
