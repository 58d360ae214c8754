#include "core/schema/kind_write.h"

#include <string.h>

#include "core/schema/kind_convert.h"
#include "core/schema/kind_sequence.h"
#include "core/schema/labels.h"
#include "core/schema/template.h"

bool is_reset(const struct object *old, const struct object *new)
{
	(void)old;
	return object_get(new, "validity") == NULL;
}

void nothing_write(struct text *out, const struct object *old, const struct object *new)
{
	(void)out;
	(void)old;
	(void)new;
}

bool enum_fits(const struct object *old, const struct object *new)
{
	struct arena scratch = {0};
	struct names before = labels_split(&scratch, object_get(old, "labels"));
	struct names after = labels_split(&scratch, object_get(new, "labels"));
	size_t found = 0;

	for (size_t i = 0; i < after.count && found < before.count; i++)
		found += strcmp(after.items[i], before.items[found]) == 0;
	found = found == before.count;
	arena_free(&scratch);
	return found == 1;
}

/* Whether a label that was there before stands behind the place. */
static bool has_later(const struct names *before, const struct names *after, size_t place)
{
	while (++place < after->count)
		if (names_has(before, after->items[place]))
			return true;
	return false;
}

void enum_write(struct text *out, const struct object *old, const struct object *new)
{
	struct names before = labels_split(out->arena, object_get(old, "labels"));
	struct names after = labels_split(out->arena, object_get(new, "labels"));
	const char *separator = "";

	for (size_t i = 0; i < after.count; i++) {
		if (names_has(&before, after.items[i]))
			continue;
		text_printf(
		    out, "%sALTER TYPE %s ADD VALUE %s", separator, new->identity, after.items[i]);
		if (i == 0 && before.count > 0)
			text_printf(out, " BEFORE %s", before.items[0]);
		else if (i > 0 && has_later(&before, &after, i))
			text_printf(out, " AFTER %s", after.items[i - 1]);
		separator = ";\n";
	}
}

bool composite_fits(const struct object *old, const struct object *new)
{
	const char *before = object_get(old, "attributes"), *after = object_get(new, "attributes");
	struct arena scratch = {0};
	struct names had = names_split(&scratch, before != NULL ? before : "", "\n");
	struct names wanted = names_split(&scratch, after != NULL ? after : "", "\n");
	size_t at = 0;
	bool fits = true;

	for (size_t i = 0; i < had.count && fits; i++)
		if (names_has(&wanted, had.items[i]))
			fits = strcmp(had.items[i], wanted.items[at++]) == 0;
	arena_free(&scratch);
	return fits || object_get(old, "_in_tables") != NULL;
}

bool view_columns_fit(const struct object *old, const struct object *new)
{
	const char *before = object_get(old, "columns"), *after = object_get(new, "columns");

	return before != NULL && after != NULL && text_starts(after, before)
	       && after[strlen(before)] == '\n';
}

static bool has_what_begins(const struct names *has, const char *line)
{
	for (size_t i = 0; i < has->count; i++)
		if (text_starts(line, has->items[i]))
			return true;
	return false;
}

/* What a table needs before it can be a partition, of columns that it has: NOT NULL, and
 * constraints that it has not. Behind a constraint stand its columns. */
static bool is_needed(const struct names *line, const struct names *has)
{
	for (size_t i = 1; i < line->count; i++)
		if (!names_has(has, line->items[i]))
			return false;
	return has_what_begins(has, line->items[0]) == text_starts(line->items[0], "ALTER ");
}

static void prepare_attach(struct text *out, const struct object *old, const struct object *new)
{
	const char *attached = object_get(new, "_attached"), *loose = object_get(old, "_loose");
	struct names lines = names_split(out->arena, attached != NULL ? attached : "", "\x1e");
	struct names has = names_split(out->arena, loose != NULL ? loose : "", "\x1e");

	for (size_t i = 0; i < lines.count; i++) {
		struct names line = names_split(out->arena, lines.items[i], "\x1f");

		if (!is_needed(&line, &has))
			continue;
		if (out->length == 0)
			text_printf(out, "ALTER TABLE %s %s", new->identity, line.items[0]);
		else
			text_printf(out, ", %s", line.items[0]);
	}
}

static bool is_detached(const struct object *old, const struct object *new)
{
	return object_get(old, "partition") != NULL && object_get(new, "partition") == NULL;
}

static void set_type(struct text *out, const struct object *new)
{
	template_write(out,
	    object_get(new, "of_type") != NULL ? "ALTER TABLE ${identity} OF ${of_type}"
					       : "ALTER TABLE ${identity} NOT OF",
	    &(struct frame){.new = new});
}

void table_of_write(struct text *out, const struct object *old, const struct object *new)
{
	if (!is_detached(old, new))
		set_type(out, new);
}

void table_partition_write(struct text *out, const struct object *old, const struct object *new)
{
	if (object_get(old, "partition") != NULL)
		text_printf(out, "ALTER TABLE %s DETACH PARTITION %s",
		    object_get(old, "_partition_of"), new->identity);
	else
		prepare_attach(out, old, new);
	if (is_detached(old, new) && object_get(new, "of_type") != NULL) {
		text_add(out, ";\n");
		set_type(out, new);
	}
	if (object_get(new, "partition") == NULL)
		return;
	text_printf(out, "%sALTER TABLE %s ATTACH PARTITION %s %s", out->length > 0 ? ";\n" : "",
	    object_get(new, "_partition_of"), new->identity, object_get(new, "_bound"));
}

/* serial, where all that it stands for is there. */
static const char *serial_type(const char *type)
{
	return strcmp(type, "bigint") == 0     ? "bigserial"
	       : strcmp(type, "smallint") == 0 ? "smallserial"
					       : "serial";
}

static const struct object *part_of_kind(
    const struct object *const *parts, size_t count, const char *kind)
{
	for (size_t i = 0; i < count; i++)
		if (parts[i]->kind == kind_named(kind))
			return parts[i];
	return NULL;
}

static void add_identity(struct text *out, const struct object *column)
{
	const char *sequence = object_get(column, "identity_sequence");
	struct text options = {.arena = out->arena};

	if (sequence != NULL)
		text_printf(&options, " SEQUENCE NAME %s", sequence);
	sequence_options(&options, column);
	text_printf(out, "GENERATED %s AS IDENTITY", object_get(column, "identity_kind"));
	if (options.length > 0)
		text_printf(out, " (%s)", text_string(&options) + 1);
}

void column_fold(
    struct text *out, const struct object *column, const struct object *const *parts, size_t count)
{
	const struct object *value = part_of_kind(parts, count, "default");
	const char *generated = object_get(column, "generated");

	if (object_get(column, "_local_table") == NULL)
		return;
	if (part_of_kind(parts, count, "sequence") != NULL) {
		text_printf(out, "%s %s", object_get(column, "_ident"),
		    serial_type(object_get(column, "type")));
		return;
	}
	template_write(out,
	    "${_ident} ${type}[ COLLATE ${collation}][ OPTIONS (${foreign_options})]",
	    &(struct frame){.new = column});
	if (generated != NULL)
		text_printf(out, " GENERATED ALWAYS AS (%s) %s", generated,
		    object_get(column, "virtual") != NULL ? "VIRTUAL" : "STORED");
	if (object_get(column, "identity_kind") != NULL) {
		text_add(out, " ");
		add_identity(out, column);
	}
	if (value != NULL)
		text_printf(out, " DEFAULT %s", object_get(value, "expression"));
	template_write(out, "[ DEFAULT ${_once}]", &(struct frame){.new = column});
	if (object_get(column, "not_null") != NULL)
		template_write(out, "[ CONSTRAINT ${not_null_name}] NOT NULL[ ${not_null_inherit}]",
		    &(struct frame){.new = column});
}

/* Without the order, behind which no class can stand. */
static size_t key_length(const char *key)
{
	static const char *const orders[] = {" DESC NULLS LAST", " NULLS FIRST", " DESC"};

	for (size_t i = 0; i < COUNT(orders); i++)
		if (text_ends(key, orders[i]))
			return strlen(key) - strlen(orders[i]);
	return strlen(key);
}

void index_fold(
    struct text *out, const struct object *index, const struct object *const *parts, size_t count)
{
	const char *classes = object_get(index, "classes");
	struct names keys = names_split(out->arena, object_get(index, "_keys"), "\x1f");
	struct text list = {.arena = out->arena};

	(void)parts;
	(void)count;
	for (size_t i = 0; i < keys.count; i++) {
		const char *next = classes != NULL ? strstr(classes, ", ") : NULL;
		size_t class = next != NULL      ? (size_t)(next - classes)
			       : classes != NULL ? strlen(classes)
						 : 0;
		size_t key = key_length(keys.items[i]);

		text_printf(&list, "%s%.*s%s%.*s%s", i > 0 ? ", " : "", (int)key, keys.items[i],
		    class > 0 ? " " : "", (int)class, class > 0 ? classes : "",
		    keys.items[i] + key);
		classes = next != NULL ? next + 2 : NULL;
	}
	template_write(out,
	    "${table} USING ${method|_method_none} (${self})[ INCLUDE (${include})]"
	    "[ ${nulls}][ WITH (${_options})][ TABLESPACE ${tablespace}][ WHERE ${predicate}]",
	    &(struct frame){.new = index, .self = text_string(&list)});
}

bool index_options_fit(const struct object *old, const struct object *new)
{
	(void)old;
	return object_get(new, "_partitioned") == NULL;
}

bool column_generated_fits(const struct object *old, const struct object *new)
{
	bool virtual = object_get(old, "virtual") != NULL;

	if (object_get(new, "generated") == NULL)
		return !virtual;
	return object_get(old, "generated") != NULL && object_get(new, "_by_expression") != NULL
	       && virtual == (object_get(new, "virtual") != NULL)
	       && strcmp(object_get(old, "type"), object_get(new, "type")) == 0;
}

/* Altered with the parent's column, before and after. */
static bool comes_with_parent(const struct object *old, const struct object *new)
{
	return object_get(new, "_local_table") == NULL
	       || (object_get(old, "_free_table") == NULL
		   && object_get(new, "_free_table") == NULL);
}

const char *column_type_refused(
    struct arena *arena, const struct object *old, const struct object *new)
{
	const char *below = object_get(new, "_foreign_below");

	if (below == NULL || comes_with_parent(old, new) || *kind_conversion(old, new).by == '\0')
		return NULL;
	return arena_printf(
	    arena, "it wants USING, which foreign table %s below it does not take", below);
}

void column_type_write(struct text *out, const struct object *old, const struct object *new)
{
	bool computed = object_get(new, "_foreign") != NULL || object_get(new, "generated") != NULL
			|| object_get(old, "generated") != NULL;
	const char *by = computed ? "" : kind_conversion(old, new).by;

	if (comes_with_parent(old, new))
		return;
	if (sequence_narrow_write(out, old, new))
		text_add(out, ";\n");
	template_write(out,
	    "ALTER TABLE ${_table} ALTER COLUMN ${_ident} TYPE ${type}[ COLLATE ${collation}]",
	    &(struct frame){.new = new});
	if (*by != '\0' && object_get(new, "generated") == NULL)
		text_printf(
		    out, " USING %s%s%s", object_get(new, "_ident"), by, object_get(new, "type"));
}

void column_collation_write(struct text *out, const struct object *old, const struct object *new)
{
	if (strcmp(object_get(old, "type"), object_get(new, "type")) != 0
	    || comes_with_parent(old, new))
		return;
	template_write(out,
	    "ALTER TABLE ${_table} ALTER COLUMN ${_ident} TYPE ${type}[ COLLATE ${collation}]",
	    &(struct frame){.new = new});
}

void partition_index_name_write(
    struct text *out, const struct object *old, const struct object *new)
{
	text_printf(out, "ALTER INDEX %s RENAME TO %s",
	    old != NULL ? object_get(old, "_index") : object_get(new, "_natural"),
	    object_get(new, "_ident"));
}

void column_identity_write(struct text *out, const struct object *old, const struct object *new)
{
	static const char alter[] = "ALTER TABLE ${_table} ALTER COLUMN ${_ident} ";
	const char *kind = object_get(new, "identity_kind");
	struct frame frame = {.new = new};

	template_write(out, alter, &frame);
	if (kind == NULL) {
		text_add(out, "DROP IDENTITY");
	} else if (object_get(old, "identity_kind") != NULL) {
		text_printf(out, "SET GENERATED %s", kind);
	} else {
		text_add(out, "ADD ");
		add_identity(out, new);
	}
}

const char *extension_schema_refused(
    struct arena *arena, const struct object *old, const struct object *new)
{
	(void)arena;
	(void)new;
	return object_get(old, "_fixed") != NULL ? "it is not relocatable, so that its schema stays"
						 : NULL;
}

const char *attribute_type_refused(
    struct arena *arena, const struct object *old, const struct object *new)
{
	const char *user = object_get(old, "_user");

	(void)new;
	return user != NULL ? arena_printf(arena,
		   "its type stays while %s has values of it, which can be text meanwhile", user)
			    : NULL;
}
