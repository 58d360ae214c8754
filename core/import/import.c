#include "core/import/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/stop.h"
#include "core/import/sql.h"

#define HINT_DIRECTORY "Name a directory that can be written: --directory DIR"

void import_add(struct arena *arena, struct import *import, const struct import_item *item)
{
	import->items = arena_grow(
	    arena, import->items, import->count, &import->capacity, sizeof(*import->items));
	import->items[import->count++] = *item;
}

size_t import_by_hand(const struct import *import)
{
	size_t count = 0;

	for (size_t i = 0; i < import->count; i++)
		count
		    += (size_t)import->items[i].up.by_hand + (size_t)import->items[i].down.by_hand;
	return count;
}

bool import_graph(
    struct arena *arena, const struct import *import, struct graph *graph, struct error *err)
{
	struct revision *all = arena_array(arena, import->count, sizeof(*all));

	for (size_t i = 0; i < import->count; i++)
		all[i] = import->items[i].revision;
	return graph_build(arena, all, import->count, graph, err);
}

/* graph_load leaves out what begins with "." or "_"; an id may hold a slash. */
static const char *file_name(struct arena *arena, const struct revision *revision)
{
	char *name = arena_printf(arena, "%s%s_%s.sql", strchr("._", revision->id[0]) ? "r" : "",
	    revision->id, revision_slug(arena, revision_doc(arena, revision)));

	for (char *c = name; *c != '\0'; c++)
		if (*c == '/')
			*c = '_';
	return name;
}

/* Lines without white space at their ends, none empty at the beginning or the end. */
static const char *tidy_message(struct arena *arena, const char *message)
{
	struct text tidy = {.arena = arena};
	size_t gap = 0;

	for (;;) {
		size_t length = strcspn(message, "\n");
		const char *line = text_trim(arena, message, length);

		if (*line != '\0') {
			for (; gap > 0 && tidy.length > 0; gap--)
				text_add(&tidy, "\n");
			text_add(&tidy, line);
			gap = 0;
		}
		gap++;
		if (message[length] == '\0')
			return text_string(&tidy);
		message += length + 1;
	}
}

static const char *part_text(
    struct arena *arena, const struct import_item *item, const struct import_part *part)
{
	bool up = part == &item->up;
	const char *hint = part->by_hand
			       ? "Write the SQL that does the same in place of this block."
			       : "The original refuses too.";

	if (part->why == NULL)
		return part->sql;
	return import_sql_refusal(arena,
	    arena_printf(arena,
		part->by_hand ? "the %s of revision %s was not converted: %s"
			      : "the %s of revision %s refuses: %s",
		up ? "upgrade" : "downgrade", item->revision.id, part->why),
	    hint, part->sql);
}

static bool same_names(const struct names *one, const struct names *other)
{
	if (one->count != other->count)
		return false;
	for (size_t i = 0; i < one->count; i++)
		if (strcmp(one->items[i], other->items[i]) != 0)
			return false;
	return true;
}

static bool same_text(const char *text, const struct part *part, const char *sql)
{
	size_t length = part->length, wanted = strlen(sql);

	while (length > 0 && strchr(" \t\r\n", text[part->offset + length - 1]) != NULL)
		length--;
	while (wanted > 0 && strchr(" \t\r\n", sql[wanted - 1]) != NULL)
		wanted--;
	return part->present && length == wanted && memcmp(text + part->offset, sql, length) == 0;
}

static bool same_header(const struct revision *one, const struct revision *other)
{
	return strcmp(one->id, other->id) == 0 && strcmp(one->message, other->message) == 0
	       && strcmp(one->date, other->date) == 0 && same_names(&one->parents, &other->parents)
	       && same_names(&one->depends, &other->depends)
	       && same_names(&one->labels, &other->labels)
	       && one->up.transaction == other->up.transaction
	       && one->down.transaction == other->down.transaction;
}

/* The text of the file, if reading it gives what was put in. */
MUST_CHECK static bool write_text(
    struct arena *arena, const struct import_item *item, const char **text, struct error *err)
{
	const struct revision *revision = &item->revision;
	const char *up = part_text(arena, item, &item->up);
	const char *down = part_text(arena, item, &item->down);
	struct revision again;

	*text = revision_write(arena, revision, up, down);
	if (!revision_parse(arena, revision->path, *text, strlen(*text), &again, err)) {
		err->file[0] = '\0'; /* there is no such file yet */
		return false;
	}
	return (same_header(revision, &again) && same_text(*text, &again.up, up)
		   && same_text(*text, &again.down, down))
	       || error_set(err, STATUS_CONFIG, "its text would not be read as it was written");
}

/* A message may have a line that looks like a key of the header: its colons go. */
MUST_CHECK static bool make_text(
    struct arena *arena, struct import_item *item, const char **text, struct error *err)
{
	struct revision *revision = &item->revision;
	char *plain;

	revision->message = tidy_message(arena, revision->message);
	if (write_text(arena, item, text, err))
		return true;
	plain = arena_strdup(arena, revision->message);
	for (char *colon = plain; (colon = strchr(colon, ':')) != NULL;)
		*colon = ' ';
	revision->message = plain;
	if (write_text(arena, item, text, err))
		return true;
	error_prefix(err, "revision %s cannot be written", revision->id);
	if (err->hint[0] == '\0')
		error_hint(err, "Change it where it comes from, then import again.");
	return false;
}

/* What is in the directory now; nothing if there is none. */
MUST_CHECK static bool load_present(
    struct arena *arena, const char *directory, struct graph *present, struct error *err)
{
	if (file_exists(directory))
		return graph_load(arena, directory, present, err);
	return graph_build(arena, NULL, 0, present, err);
}

MUST_CHECK static bool refuse_present(struct arena *arena, const struct graph *present,
    const struct import *import, const char *directory, struct error *err)
{
	const struct node *found = NULL;
	size_t count = 0;

	for (size_t i = 0; i < import->count; i++) {
		const struct node *node = graph_find(present, import->items[i].revision.id);

		found = found != NULL ? found : node;
		count += node != NULL;
	}
	if (count == 0)
		return true;
	error_set(err, STATUS_CONFIG, "%zu of %s %s in %s already", count,
	    text_count(arena, import->count, "revision"), count == 1 ? "is" : "are", directory);
	error_at(err, found->revision.path, 0);
	return error_hint(err, "Nothing was written. Import into another directory "
			       "(--directory DIR), or remove these files first.");
}

/* The new files must stand beside those that are there. */
MUST_CHECK static bool check_together(struct arena *arena, const struct graph *present,
    const struct import *import, struct error *err)
{
	size_t count = present->all.count;
	struct revision *all = arena_array(arena, count + import->count, sizeof(*all));
	struct graph together;

	for (size_t i = 0; i < count; i++)
		all[i] = present->all.items[i]->revision;
	for (size_t i = 0; i < import->count; i++)
		all[count + i] = import->items[i].revision;
	return graph_build(arena, all, count + import->count, &together, err);
}

static const char *staged(struct arena *arena, const char *staging, const struct revision *revision)
{
	const char *slash = strrchr(revision->path, '/');

	return file_join(arena, staging, slash != NULL ? slash + 1 : revision->path);
}

MUST_CHECK static bool fill_stage(
    struct arena *arena, const char *staging, const struct import *import, struct error *err)
{
	for (size_t i = 0; i < import->count; i++) {
		struct import_item *item = &import->items[i];
		const char *text;

		if (stop_asked(err) || !make_text(arena, item, &text, err)
		    || !file_create(
			staged(arena, staging, &item->revision), text, strlen(text), err))
			return false;
	}
	return true;
}

static bool same_nodes(const struct nodes *one, const struct nodes *other)
{
	if (one->count != other->count)
		return false;
	for (size_t i = 0; i < one->count; i++)
		if (strcmp(one->items[i]->revision.id, other->items[i]->revision.id) != 0)
			return false;
	return true;
}

/* The files, read as any command reads them, are the graph that was meant. */
MUST_CHECK static bool check_stage(
    struct arena *arena, const char *staging, const struct import *import, struct error *err)
{
	struct graph meant, read;

	if (!graph_load(arena, staging, &read, err) || !import_graph(arena, import, &meant, err))
		return false;
	for (size_t i = 0; i < meant.all.count; i++) {
		const struct node *node = meant.all.items[i];
		const struct node *again = graph_find(&read, node->revision.id);

		if (again == NULL || read.all.count != meant.all.count
		    || !same_nodes(&node->parents, &again->parents)
		    || !same_nodes(&node->depends, &again->depends)
		    || !same_header(&node->revision, &again->revision))
			return error_set(err, STATUS_FAILED,
			    "revision %s was not read back as it was written", node->revision.id);
	}
	return true;
}

static void remove_stage(struct arena *arena, const char *staging, const struct import *import)
{
	for (size_t i = 0; i < import->count; i++)
		unlink(staged(arena, staging, &import->items[i].revision));
	rmdir(staging);
}

/* Files that another process made meanwhile stay, and end the import. */
MUST_CHECK static bool publish(
    struct arena *arena, const char *staging, const struct import *import, struct error *err)
{
	size_t done = 0;

	for (; done < import->count; done++) {
		const struct revision *revision = &import->items[done].revision;

		errno = EEXIST;
		if (file_exists(revision->path))
			error_errno(err, STATUS_FAILED, "cannot create '%s'", revision->path);
		else if (file_publish(staged(arena, staging, revision), revision->path, err))
			continue;
		while (done > 0)
			unlink(import->items[--done].revision.path);
		return false;
	}
	return true;
}

MUST_CHECK static bool write_through_stage(
    struct arena *arena, const char *directory, const struct import *import, struct error *err)
{
	char *staging = arena_strdup(arena, file_join(arena, directory, ".import-XXXXXX"));
	bool written;

	if (mkdtemp(staging) == NULL) {
		error_errno(err, STATUS_FAILED, "cannot create directory '%s'", staging);
		return error_hint(err, HINT_DIRECTORY);
	}
	written = fill_stage(arena, staging, import, err)
		  && check_stage(arena, staging, import, err)
		  && publish(arena, staging, import, err);
	remove_stage(arena, staging, import);
	return written;
}

/* The directory and those above it that are missing. */
static struct names missing_directories(struct arena *arena, const char *directory)
{
	struct names missing = {0};

	for (; !file_exists(directory); directory = file_directory(arena, directory))
		names_add(arena, &missing, directory);
	return missing;
}

bool import_write(
    struct arena *arena, const char *directory, struct import *import, struct error *err)
{
	struct names made = missing_directories(arena, directory);
	struct graph present;

	for (size_t i = 0; i < import->count; i++)
		import->items[i].revision.path
		    = file_join(arena, directory, file_name(arena, &import->items[i].revision));
	if (!load_present(arena, directory, &present, err)
	    || !refuse_present(arena, &present, import, directory, err)
	    || !check_together(arena, &present, import, err))
		return false;
	if (!file_make_directories(directory, err))
		error_hint(err, HINT_DIRECTORY);
	else if (write_through_stage(arena, directory, import, err))
		return true;
	for (size_t i = 0; i < made.count; i++)
		rmdir(made.items[i]);
	return false;
}
