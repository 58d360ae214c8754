#include "core/base/json.h"

#include "tests/unit/tap.h"

static struct arena arena;

static void test_structure(void)
{
	const char *items[] = {"x", "y"};
	struct names names = {.items = items, .count = 2}, none = {0};
	struct text out = {.arena = &arena};

	json_open(&out, NULL, '{');
	json_number(&out, "a", -1);
	json_names(&out, "b", &names);
	json_names(&out, "none", &none);
	json_open(&out, "list", '[');
	json_open(&out, NULL, '{');
	json_close(&out, '}');
	json_open(&out, NULL, '{');
	json_bool(&out, "yes", true);
	json_bool(&out, "no", false);
	json_close(&out, '}');
	json_close(&out, ']');
	json_text(&out, "s", "v{");
	json_text(&out, "null", NULL);
	json_close(&out, '}');
	is(text_string(&out),
	    "{\"a\":-1,\"b\":[\"x\",\"y\"],\"none\":[],\"list\":[{},{\"yes\":true,\"no\":false}],"
	    "\"s\":\"v{\",\"null\":null}",
	    "commas stand where they are needed and nowhere else");
	text_add(&out, "\n");
	json_open(&out, NULL, '{');
	ok(text_ends(text_string(&out), "}\n{"), "an object on a new line needs no comma");
}

static void test_strings(void)
{
	static const struct {
		const char *value, *json, *name;
	} cases[] = {
	    {"a\"b\\c", "\"a\\\"b\\\\c\"", "quotes and backslashes are escaped"},
	    {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"", "control characters with a letter have it"},
	    {"\x01\x1f", "\"\\u0001\\u001f\"", "other control characters are numbered"},
	    {"é€😀", "\"é€😀\"", "UTF-8 stays as it is"},
	    {"\xff", "\"\xEF\xBF\xBD\"", "an impossible byte is replaced"},
	    {"\xc0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\"", "an overlong form is replaced"},
	    {"\xe2\x82", "\"\xEF\xBF\xBD\xEF\xBF\xBD\"", "a cut character is replaced"},
	    {"\xed\xa0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"", "a surrogate is replaced"},
	    {"\xe2\"", "\"\xEF\xBF\xBD\\\"\"", "what follows a cut character is escaped"},
	    {"\xf4\x90\x80\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"",
		"a code point beyond the last is replaced"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct text out = {.arena = &arena};

		json_text(&out, NULL, cases[i].value);
		is(text_string(&out), cases[i].json, "%s", cases[i].name);
	}
}

static void test_reading(void)
{
	static const char *const wrong[] = {"", "[]", "1", "{", "{\"a\":1} x", "{\"a\":1,\"a\":2}"};
	struct error err = {0};
	struct json *json
	    = json_parse("{\"s\":\"\\u00e9\",\"n\":9007199254740993,\"z\":null}", &err);

	is(json_get_string(json, "s"), "é", "a string is read");
	ok(json_get_number(json, "n") == 9007199254740993LL, "a large number is exact");
	is(json_get_string(json, "n"), NULL, "a number is not a string");
	is_int(json_get_number(json, "s"), -1, "a string is not a number");
	is(json_get_string(json, "missing"), NULL, "a missing string is NULL");
	is_int(json_get_number(json, "missing"), -1, "a missing number is -1");
	is(json_get_string(json, "z"), NULL, "null is not a string");
	json_free(json);
	for (size_t i = 0; i < COUNT(wrong); i++)
		ok(json_parse(wrong[i], &err) == NULL && err.status == STATUS_FAILED,
		    "'%s' is not one object", wrong[i]);
	ok(json_parse("{\n\"a\": 1,\n}", &err) == NULL && err.line == 3, "an error has its line");
}

int main(void)
{
	test_structure();
	test_strings();
	test_reading();
	arena_free(&arena);
	return tap_done();
}
