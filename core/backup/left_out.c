#include "core/backup/left_out.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/log.h"

#define LINES 50 /* of the log */
#define SUBSCRIBE "CREATE SUBSCRIPTION "

/* What an application works without. `name` is the beginning of the entry's. */
static const struct {
	const char *type, *name;
} harmless[] = {
    {"COMMENT", "EXTENSION "},
    {"COMMENT", "EVENT TRIGGER "},
    {"COMMENT", "PUBLICATION "},
    {"DEFAULT ACL", ""},
    {"EVENT TRIGGER", ""},
    {"EXTENSION", "pg_stat_statements"},
    {"PUBLICATION", ""},
    {"PUBLICATION TABLE", ""},
    {"PUBLICATION TABLES IN SCHEMA", ""},
    {"SECURITY LABEL", "EVENT TRIGGER "},
    {"SECURITY LABEL", "PUBLICATION "},
};

static bool is_harmless(const struct toc_entry *entry)
{
	for (size_t i = 0; i < COUNT(harmless); i++)
		if (strcmp(entry->type, harmless[i].type) == 0
		    && text_starts(entry->name, harmless[i].name))
			return true;
	return false;
}

void left_out_why(struct left_out_item *item, const char *reason, const char *sqlstate)
{
	item->reason = reason;
	item->denied = strcmp(sqlstate, "42501") == 0;
	item->violated = text_starts(sqlstate, "23");
}

void left_out_add(struct arena *arena, struct left_out *left, const struct left_out_item *item)
{
	left->items
	    = arena_grow(arena, left->items, left->count, &left->capacity, sizeof(*left->items));
	left->items[left->count++] = *item;
}

static const char *called(struct arena *arena, const struct toc_entry *entry)
{
	if (strcmp(entry->schema, "-") == 0 || *entry->schema == '\0')
		return entry->name;
	return arena_printf(arena, "%s.%s", entry->schema, entry->name);
}

/* One that is made later shall not read, nor drop, the slot of the database that was backed up. */
static void add_detaching(struct text *sql, const char *statement)
{
	const char *name = statement + strlen(SUBSCRIBE), *end = strstr(name, " CONNECTION ");

	if (text_starts(statement, SUBSCRIBE) && end != NULL)
		text_printf(sql, "ALTER SUBSCRIPTION %.*s SET (slot_name = NONE);\n",
		    (int)(end - name), name);
}

/* The statements of one entry, `count` of them. */
static void collect(struct arena *arena, struct left_out *left,
    struct toc_statement *const *statements, size_t count)
{
	struct text sql = {.arena = arena};
	const struct toc_statement *first = NULL;
	struct left_out_item item;

	for (size_t i = 0; i < count; i++) {
		if (statements[i]->done)
			continue;
		if (first == NULL && *statements[i]->settings != '\0')
			text_printf(&sql, "%s;\n", statements[i]->settings);
		text_printf(&sql, "%s;\n", statements[i]->sql);
		add_detaching(&sql, statements[i]->sql);
		first = first != NULL ? first : statements[i];
	}
	if (first == NULL)
		return;
	item = (struct left_out_item){
	    .type = first->entry->type,
	    .name = called(arena, first->entry),
	    .sql = text_string(&sql),
	    .harmless = is_harmless(first->entry),
	};
	left_out_why(
	    &item, first->reason != NULL ? first->reason : "it was not tried", first->sqlstate);
	left_out_add(arena, left, &item);
}

void left_out_collect(struct arena *arena, struct left_out *left,
    struct toc_statement *const *statements, size_t count)
{
	for (size_t at = 0, next; at < count; at = next) {
		for (next = at; next < count && statements[next]->entry == statements[at]->entry;)
			next++;
		collect(arena, left, statements + at, next - at);
	}
}

bool left_out_harmless(const struct left_out *left)
{
	for (size_t i = 0; i < left->count; i++)
		if (!left->items[i].harmless)
			return false;
	return true;
}

bool left_out_denied(const struct left_out *left)
{
	for (size_t i = 0; i < left->count; i++)
		if (left->items[i].denied)
			return true;
	return false;
}

bool left_out_violated(const struct left_out *left)
{
	for (size_t i = 0; i < left->count; i++)
		if (left->items[i].violated)
			return true;
	return false;
}

void left_out_log(const struct left_out *left)
{
	for (size_t i = 0; i < left->count && i < LINES; i++)
		log_warn("restore: not restored: %s %s: %s", left->items[i].type,
		    left->items[i].name, left->items[i].reason);
	if (left->count > LINES)
		log_warn("restore: not restored: %zu more", left->count - LINES);
	if (left->script != NULL)
		log_warn("restore: to create what is missing, run this file %s: %s",
		    left_out_violated(left) ? "once the rows are corrected"
		    : left_out_denied(left) ? "as a superuser"
					    : "once the cause is gone",
		    left->script);
}

/* A comment ends with its line. */
static void add_comment(struct text *out, const char *comment)
{
	text_add(out, "-- ");
	for (; *comment != '\0'; comment++)
		text_printf(out, "%c", *comment == '\n' || *comment == '\r' ? ' ' : *comment);
	text_add(out, "\n");
}

static const char *compose(
    struct arena *arena, const struct left_out *left, const char *about, const char *search_path)
{
	struct text out = {.arena = arena};

	add_comment(&out, about);
	add_comment(&out, "psql --no-psqlrc --set=ON_ERROR_STOP=1 --dbname=DATABASE --file=THIS");
	text_printf(&out, "%s\n", left->encoding != NULL ? left->encoding : "");
	text_add(&out, "SET standard_conforming_strings = on;\n"
		       "SET check_function_bodies = off;\nSET client_min_messages = warning;\n"
		       "SET row_security = off;\nSELECT pg_catalog.set_config(name, 'off', false) "
		       "FROM pg_catalog.pg_settings WHERE name = 'event_triggers';\n"
		       "SET search_path = ");
	text_printf(
	    &out, "%s;\n", search_path != NULL && *search_path != '\0' ? search_path : "public");
	for (size_t i = 0; i < left->count; i++) {
		const struct left_out_item *item = &left->items[i];

		text_add(&out, "\n");
		add_comment(
		    &out, arena_printf(arena, "%s %s: %s", item->type, item->name, item->reason));
		text_add(&out, item->sql);
	}
	return text_string(&out);
}

/* For its owner's eyes: it may have passwords in it, as the archive may. */
MUST_CHECK static bool create(const char *path, const char *text, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool written = fd >= 0 && file_write(fd, text, strlen(text));

	if (!written)
		error_errno(err, STATUS_BACKUP, "cannot write '%s'", path);
	if (fd >= 0)
		close(fd);
	return written;
}

void left_out_write(struct arena *arena, struct left_out *left, const char *path, const char *about,
    const char *search_path)
{
	const char *fresh = arena_printf(arena, "%s.new", path), *text;
	struct error err = {0};

	left->script = NULL;
	if (left->count == 0) {
		unlink(path);
		return;
	}
	text = compose(arena, left, about, search_path);
	unlink(fresh);
	if (create(fresh, text, &err) && file_publish(fresh, path, &err))
		left->script = path;
	else
		log_warn("restore: cannot write the script that creates what is missing: %s",
		    err.message);
}
