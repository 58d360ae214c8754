#include "core/schema/kind_not_null.h"

#include <string.h>

#include "core/schema/template.h"

/* From 18 on it is a constraint, and may have a name and be left out of children. */
static void set_not_null(struct text *out, const char *table, const struct object *column)
{
	bool named = object_get(column, "not_null_name") != NULL
		     || object_get(column, "not_null_inherit") != NULL;

	text_printf(out, "ALTER TABLE %s ", table);
	template_write(out,
	    named ? "ADD CONSTRAINT ${_not_null} NOT NULL ${_ident}${_no_inherit}"
		  : "ALTER COLUMN ${_ident} SET NOT NULL",
	    &(struct frame){.new = column});
}

/* Its parent's has another name; those that the server gives are all the same. */
static bool is_named_anew(const struct object *old, const struct object *new)
{
	const char *was = object_get(old, "_not_null_shown");
	const char *is = object_get(new, "_not_null_shown");

	return was != is && (was == NULL || is == NULL || strcmp(was, is) != 0);
}

static bool takes_up(const struct object *old, const struct object *new)
{
	return object_get(old, "_inherits_not_null") == NULL
	       && object_get(new, "_inherits_not_null") != NULL;
}

bool column_not_null_is_taken_up(const struct object *old, const struct object *new)
{
	return object_get(old, "child_not_null") != NULL && object_get(new, "not_null") != NULL
	       && takes_up(old, new) && object_get(new, "_yields") == NULL
	       && !is_named_anew(old, new);
}

void column_child_null_write(struct text *out, const struct object *old, const struct object *new)
{
	bool said = old == NULL ? object_get(new, "_merges") != NULL
				: object_get(old, "not_null") == NULL
				      && object_get(new, "_not_null_table") != NULL;
	bool taken_up = old != NULL && takes_up(old, new);
	bool drops
	    = object_get(new, "_yields") != NULL ? taken_up : object_get(new, "not_null") == NULL;

	if (object_get(new, "child_not_null") != NULL) {
		if (!said)
			set_not_null(out, object_get(new, "_table"), new);
	} else if (drops || (taken_up && is_named_anew(old, new))) {
		text_printf(out, "ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL",
		    object_get(new, "_table"), object_get(new, "_ident"));
	}
}

/* And not its parent's alone. */
static bool has_own_not_null(const struct object *column)
{
	return object_get(column,
		   object_get(column, "_free_table") != NULL ? "not_null" : "child_not_null")
	       != NULL;
}

const char *column_not_null_refuses(
    struct arena *arena, const struct object *old, const struct object *new)
{
	const char *was = object_get(old, "_not_null"), *is = object_get(new, "not_null_name");

	(void)arena;
	if (object_get(old, "_inherits_not_null") == NULL
	    || object_get(new, "_inherits_not_null") == NULL)
		return NULL;
	return is == NULL || was == NULL || strcmp(was, is) != 0
		   ? "the NOT NULL constraint is its parent's as well, and keeps its name"
		   : NULL;
}

/* It is there before and after. The server renames none of a typed table, and leaves children
 * theirs when it is no longer for them: there it is made again. */
static void change_not_null(struct text *out, const struct object *old, const struct object *new)
{
	const char *was = object_get(old, "not_null_name"), *is = object_get(new, "not_null_name");
	bool inherits = object_get(old, "not_null_inherit") == NULL;
	bool shall = object_get(new, "not_null_inherit") == NULL;
	bool renamed = was != is && (was == NULL || is == NULL || strcmp(was, is) != 0);
	struct frame frame = {.old = old, .new = new};

	if ((renamed && object_get(new, "_typed") != NULL)
	    || (inherits && !shall && object_get(new, "_heirs") != NULL)) {
		template_write(out,
		    "ALTER TABLE ${_table} ALTER COLUMN ${_ident} DROP NOT NULL,"
		    " ADD CONSTRAINT ${_not_null} NOT NULL ${_ident}${_no_inherit}",
		    &frame);
		return;
	}
	if (renamed)
		template_write(out,
		    "ALTER TABLE ${_table} RENAME CONSTRAINT ${-_not_null} TO ${_not_null}",
		    &frame);
	if (inherits == shall)
		return;
	text_add(out, renamed ? ";\n" : "");
	template_write(out, "ALTER TABLE ${_table} ALTER CONSTRAINT ${_not_null}", &frame);
	text_add(out, shall ? " INHERIT" : " NO INHERIT");
}

void column_not_null_write(struct text *out, const struct object *old, const struct object *new)
{
	bool was = object_get(old, "not_null") != NULL, is = object_get(new, "not_null") != NULL;
	bool own = has_own_not_null(old) && has_own_not_null(new);
	const char *before = object_get(old, "_free_table");
	const char *table = object_get(new, is ? "_not_null_table" : "_free_table");

	if (table == NULL)
		table = before;
	if (own)
		change_not_null(out, old, new);
	else if (was == is)
		return; /* a child's, which is said apart */
	else if (is && table != NULL)
		set_not_null(out, table, new);
	else if (table != NULL)
		text_printf(out, "ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL", table,
		    object_get(new, "_ident"));
}
