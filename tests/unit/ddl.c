#include "tests/unit/tap.h"

#include "core/schema/ddl.h"
#include "core/schema/kind.h"

static struct arena arena;

/* Objects with the values that the templates ask for; what is not given is NULL. */
static struct object *add(
    struct model *model, const char *kind, const char *identity, const char *const pairs[][2])
{
	struct shape *shape = arena_alloc(&arena, sizeof(*shape));
	struct object object = {.kind = kind_named(kind), .identity = identity, .shape = shape};
	const char **names = arena_array(&arena, 16, sizeof(*names));

	object.values = arena_array(&arena, 16, sizeof(*object.values));
	for (; pairs[shape->count][0] != NULL; shape->count++) {
		names[shape->count] = pairs[shape->count][0];
		object.values[shape->count] = pairs[shape->count][1];
	}
	shape->names = names;
	return model_add(model, &object);
}

static struct object *add_table(struct model *model, const char *name)
{
	const char *const pairs[][2] = {{"_none", " ()"}, {NULL, NULL}};

	return add(model, "table", name, pairs);
}

static struct object *add_key(struct model *model, const char *identity, const char *table,
    const char *definition, const struct object *home, const struct object *to)
{
	const char *const pairs[][2]
	    = {{"_table", table}, {"_ident", "k"}, {"definition", definition}, {"_deferrable", ""},
		{"_initially", ""}, {"validity", NULL}, {NULL, NULL}};
	struct object *key = add(model, "foreign key", identity, pairs);

	key->home = home;
	model_link(model, key, home, EDGE_AUTO);
	model_link(model, key, to, EDGE_NORMAL);
	return key;
}

static struct object *add_view(struct model *model, const char *name, const char *definition,
    const char *columns, const struct object *of)
{
	const char *const pairs[][2] = {{"definition", definition}, {"columns", columns},
	    {"_options", NULL}, {"comment", "'c'"}, {NULL, NULL}};
	struct object *view = add(model, "view", name, pairs);

	model_link(model, view, of, EDGE_NORMAL);
	return view;
}

static const char *between(struct model *old, struct model *new)
{
	struct changes changes;
	struct ddl_style style = {0};
	struct error err = {0};
	const char *sql;

	model_close(old);
	model_close(new);
	changes = diff_models(&arena, old, new);
	return ddl_write(&arena, &changes, &style, &sql, &err) ? sql : err.message;
}

static void test_tables(void)
{
	struct model empty = {.arena = &arena}, one = {.arena = &arena}, two = {.arena = &arena};
	struct object *a = add_table(&one, "s.a"), *b = add_table(&one, "s.b");

	add_key(&one, "s.a.k", "s.a", "FOREIGN KEY (x) REFERENCES s.b", a, b);
	is(between(&empty, &one),
	    "CREATE TABLE s.b ();\n\nCREATE TABLE s.a (\n    CONSTRAINT k FOREIGN KEY (x) "
	    "REFERENCES "
	    "s.b\n);\n",
	    "a table comes after the one that it refers to, with its key");
	is(between(&one, &empty),
	    "-- lossy: every row of the table is lost\nDROP TABLE s.a;\n\n"
	    "-- lossy: every row of the table is lost\nDROP TABLE s.b;\n",
	    "and goes before it, its key with it");
	is(between(&one, &one), "", "what is the same is left alone");

	a = add_table(&two, "s.a");
	b = add_table(&two, "s.b");
	add_key(&two, "s.a.k", "s.a", "FOREIGN KEY (x) REFERENCES s.b", a, b);
	add_key(&two, "s.b.k", "s.b", "FOREIGN KEY (y) REFERENCES s.a", b, a);
	is(between(&empty, &two),
	    "CREATE TABLE s.a ();\n\nCREATE TABLE s.b ();\n\n"
	    "ALTER TABLE s.a ADD CONSTRAINT k FOREIGN KEY (x) REFERENCES s.b;\n\n"
	    "ALTER TABLE s.b ADD CONSTRAINT k FOREIGN KEY (y) REFERENCES s.a;\n",
	    "two that refer to each other get their keys last");
}

static void test_views(void)
{
	struct model old = {.arena = &arena}, new = {.arena = &arena};
	struct object *t = add_table(&old, "s.t");
	struct object *v = add_view(&old, "s.v", "SELECT a", "a int", t);

	add_view(&old, "s.w", "SELECT v", "v int", v);
	t = add_table(&new, "s.t");
	v = add_view(&new, "s.v", "SELECT b", "b int", t);
	add_view(&new, "s.w", "SELECT v", "v int", v);
	is(between(&old, &new),
	    "DROP VIEW s.w;\n\nDROP VIEW s.v;\n\nCREATE VIEW s.v AS\nSELECT b;\nCOMMENT ON VIEW "
	    "s.v IS "
	    "'c';\n\nCREATE VIEW s.w AS\nSELECT v;\nCOMMENT ON VIEW s.w IS 'c';\n",
	    "what depends on a rebuilt view is rebuilt with it, comments too");

	new = (struct model){.arena = &arena};
	t = add_table(&new, "s.t");
	v = add_view(&new, "s.v", "SELECT a, b", "a int\nb int", t);
	add_view(&new, "s.w", "SELECT v", "v int", v);
	is(between(&old, &new), "CREATE OR REPLACE VIEW s.v AS\nSELECT a, b;\n",
	    "a view that only gets columns is replaced");
}

static void test_enums(void)
{
	const char *const before[][2] = {{"labels", "'a', 'b,c'"}, {"_retired_ident", "e__old"},
	    {"_retired", "s.e__old"}, {NULL, NULL}};
	const char *const more[][2] = {{"labels", "'z', 'a', 'it''s', 'b,c', 'd'"},
	    {"_retired_ident", "e__old"}, {"_retired", "s.e__old"}, {NULL, NULL}};
	const char *const less[][2] = {{"labels", "'b,c', 'a'"}, {"_retired_ident", "e__old"},
	    {"_retired", "s.e__old"}, {NULL, NULL}};
	struct model old = {.arena = &arena}, added = {.arena = &arena}, gone = {.arena = &arena};

	add(&old, "enum", "s.e", before);
	add(&added, "enum", "s.e", more);
	add(&gone, "enum", "s.e", less);
	is(between(&old, &added),
	    "ALTER TYPE s.e ADD VALUE 'z' BEFORE 'a';\nALTER TYPE s.e ADD VALUE 'it''s' AFTER "
	    "'a';\n"
	    "ALTER TYPE s.e ADD VALUE 'd';\n",
	    "labels are added in their places");
	is(between(&old, &gone),
	    "-- hazard: fails where a row has a label that is gone\nALTER TYPE s.e RENAME TO "
	    "e__old;\n\n"
	    "CREATE TYPE s.e AS ENUM ('b,c', 'a');\n\nDROP TYPE s.e__old;\n",
	    "and in another order the type is rebuilt");
}

int main(void)
{
	test_tables();
	test_views();
	test_enums();
	arena_free(&arena);
	return tap_done();
}
