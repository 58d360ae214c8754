#include "core/backup/toc.h"

#include "tests/unit/tap.h"

static const char script[]
    = "--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\nSET client_encoding = 'UTF8';\n"
      "SELECT pg_catalog.set_config('search_path', '', false);\n\n"
      "--\n-- TOC entry 5 (class 2615 OID 2200)\n-- Name: public; Type: SCHEMA; Schema: -; Owner: "
      "x\n--\n\n"
      "-- *not* creating schema, since initdb creates it\n\n"
      "--\n-- TOC entry 224 (class 1255 OID 16413)\n"
      "-- Name: f(); Type: FUNCTION; Schema: public; Owner: x\n--\n\n"
      "CREATE FUNCTION public.f() RETURNS text\n    AS $$\n--\n-- TOC entry 1 (class 1)\n"
      "-- Name: evil; Type: TABLE; Schema: public; Owner: x\n--\nSELECT 1; SELECT 2;$$;\n\n\n"
      "ALTER FUNCTION public.f() OWNER TO x;\n\nSET default_tablespace = fast;\n\n"
      "SET default_table_access_method = heap;\n\n"
      "--\n-- TOC entry 7 (class 1259 OID 16425)\n-- Dependencies: 5\n"
      "-- Name: a; Type: X; Schema: b; Owner: c; Type: TABLE; Schema: public; Owner: -\n--\n\n"
      "CREATE TABLE public.\"a; Type: X; Schema: b; Owner: c\" ();\n\n\n"
      "SET default_tablespace = '';\n\n"
      "--\n-- TOC entry 8 (class 1259 OID 9)\n-- Name: u; Type: TABLE; Schema: public; Owner: -; "
      "Tablespace: fast\n--\n\nCREATE TABLE u ();\n\n\\unrestrict abc\n\n";

static void reads(struct arena *arena)
{
	struct toc_script read;
	struct error err = {0};
	const struct toc_statement *first;

	ok(toc_read(arena, arena_strdup(arena, script), &read, &err), "it is read");
	is(read.preamble,
	    "SET client_encoding = 'UTF8';\nSELECT pg_catalog.set_config('search_path', '', "
	    "false);\n",
	    "what holds for all");
	is(names_join(arena, &read.ids, " "), "5 224 7 8",
	    "each entry, also one without a statement, and none from inside a function");
	is_int(read.count, 4, "statements");
	first = &read.statements[0];
	is(first->entry->id, "224", "each knows its entry");
	is(first->entry->type, "FUNCTION", "its type");
	is(first->entry->name, "f()", "its name");
	is(first->entry->schema, "public", "its schema");
	is(first->settings, "", "and what is to be set before");
	ok(first[1].entry == first->entry, "an owner belongs to what is owned");
	is(first[2].entry->name, "a; Type: X; Schema: b; Owner: c",
	    "a name may have anything in it");
	is(first[2].settings,
	    "SET default_tablespace = fast; SET default_table_access_method = heap",
	    "a table is in its tablespace");
	is(first[3].settings, "SET default_tablespace = ''; SET default_table_access_method = heap",
	    "and no other one");
	is(first[3].entry->name, "u", "which is not in its name");
}

static void refuses(struct arena *arena)
{
	struct toc_script read;
	struct error err = {0};

	ok(!toc_read(arena, arena_strdup(arena, "CREATE FUNCTION f() AS $$"), &read, &err),
	    "half a script is refused");
	is_int(err.status, STATUS_BACKUP, "as the archive's fault");
}

static void lists(struct arena *arena)
{
	struct names lines = toc_lines(arena,
	    ";\n; Archive created\n;\n3379; 0 16385 TABLE DATA public users bot\n"
	    "3386; 0 0 BLOBS - BLOBS \n3385; 2613 4711 BLOB - 4711 postgres\n");

	is_int(lines.count, 3, "lines that name an entry");
	ok(toc_line_is(lines.items[0], "TABLE DATA"), "of a type");
	ok(toc_line_is(lines.items[0], "TABLE DATA public users"), "and a name");
	ok(!toc_line_is(lines.items[0], "TABLE DATA public user"), "which is whole");
	ok(toc_line_is(lines.items[1], "BLOBS") && !toc_line_is(lines.items[2], "BLOBS"),
	    "one type is not another one's beginning");
	is(toc_line_id(arena, lines.items[2]), "3385", "and a number");
	ok(!toc_line_is("", "TABLE") && !toc_line_is("1; 2", "TABLE"), "a line may be cut");
}

int main(void)
{
	struct arena arena = {0};

	reads(&arena);
	refuses(&arena);
	lists(&arena);
	arena_free(&arena);
	return tap_done();
}
