#include "core/backup/row_count.h"

#include "tests/unit/tap.h"

/* The counts of a script that comes in pieces of so many bytes. */
static const char *counted(struct arena *arena, const char *script, size_t piece)
{
	struct row_count count = {.arena = arena};
	size_t length = strlen(script);

	for (size_t at = 0; at < length; at += piece)
		row_count_add(&count, script + at, at + piece < length ? piece : length - at);
	return names_join(arena, &count.found, "|");
}

static const struct {
	const char *script, *counts, *what;
} cases[] = {
    {"COPY public.t (a) FROM stdin;\n1\n2\n\\.\n", "2 public.t", "a line is a row"},
    {"COPY public.t FROM stdin;\n\n\n\\.\n", "2 public.t", "also one without columns"},
    {"COPY public.t (a) FROM stdin;\n\\.\nCOPY u (a) FROM stdin;\nx\n\\.\n", "1 u",
	"a table without rows is not named"},
    {"COPY public.\"o (d FROM stdin;\" (\"q\"\"u\") FROM stdin;\n1\n\\.\n",
	"1 public.\"o (d FROM stdin;\"", "names may have anything in them"},
    {"COPY t (a) FROM stdin;\nCOPY u (a) FROM stdin;\n--\n'\n\\.x\n\\.\n", "4 t",
	"nor do rows mean anything"},
    {"COMMENT ON LARGE OBJECT 1 IS 'it''s\nCOPY x (a) FROM stdin;\n1\n\\.\n--';\n"
     "COPY t (a) FROM stdin;\n1\n\\.\n",
	"1 t", "what is quoted is no COPY"},
    {"COMMENT ON LARGE OBJECT 1 IS 'a\n-- b';\nCOPY t (a) FROM stdin;\n1\n\\.\n", "1 t",
	"nor a comment"},
    {"--\n-- Data for Name: it's; Type: TABLE DATA\n--\n\nCOPY t (a) FROM stdin;\n1\n\\.\n", "1 t",
	"a comment's quotes are none"},
    {"-- COPY t (a) FROM stdin;\nSELECT \"a'b\";\nCOPY u (a) FROM stdin;\n1\n\\.\n", "1 u",
	"nor those within others"},
    {"COPY t (a) FROM stdin;\n1\n", "", "a table that does not end is not counted"},
};

int main(void)
{
	struct arena arena = {0};
	const char *table;

	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t piece = 1; piece < 80; piece = piece * 2 + 1)
			is(counted(&arena, cases[i].script, piece), cases[i].counts,
			    "%s, in pieces of %zu", cases[i].what, piece);
	is_int(row_count_of("12345678901 public.t", &table), 12345678901LL, "the number");
	is(table, "public.t", "and the table");
	arena_free(&arena);
	return tap_done();
}
