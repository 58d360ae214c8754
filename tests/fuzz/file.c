/* file: a migration file is parsed, whole or in pieces; what was parsed is written, and parsed
 * again. */
#include "tests/fuzz/fuzz.h"

#include "core/revision/parse.h"

static bool same_names(const struct names *a, const struct names *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; same && i < a->count; i++)
		same = strcmp(a->items[i], b->items[i]) == 0;
	return same;
}

static bool same_header(const struct revision *a, const struct revision *b)
{
	return strcmp(a->id, b->id) == 0 && strcmp(a->message, b->message) == 0
	       && strcmp(a->date, b->date) == 0 && same_names(&a->parents, &b->parents)
	       && same_names(&a->depends, &b->depends) && same_names(&a->labels, &b->labels)
	       && a->up.transaction == b->up.transaction
	       && a->up.lock_timeout == b->up.lock_timeout;
}

static bool same_part(const struct part *a, const struct part *b)
{
	return a->present == b->present && a->offset == b->offset && a->length == b->length
	       && a->line == b->line;
}

static void check_pieces(struct arena *arena, const char *text, size_t length, size_t piece,
    const struct revision *whole)
{
	struct error err = {0};
	struct revision revision;
	struct parser parser = parser_start(arena, "a.sql", &revision, &err);
	size_t from = 0, to = 0, taken;

	do {
		to = length - to > piece ? to + piece : length;
		REQUIRE(parser_take(&parser, text + from, to - from, to == length, &taken));
		from += taken;
	} while (to < length);
	REQUIRE(from == length && parser_end(&parser) && same_header(whole, &revision));
	REQUIRE(same_part(&whole->up, &revision.up) && same_part(&whole->down, &revision.down));
	REQUIRE(whole->data_end_count == revision.data_end_count);
	for (size_t i = 0; i < revision.data_end_count; i++)
		REQUIRE(revision.data_ends[i].offset == whole->data_ends[i].offset
			&& revision.data_ends[i].line == whole->data_ends[i].line
			&& !memcmp(text + revision.data_ends[i].offset, "\\.", 2));
}

/* Without the newlines at its end. */
static const char *part_text(struct arena *arena, const char *text, const struct part *part)
{
	size_t length = part->length;

	while (length > 0 && text[part->offset + length - 1] == '\n')
		length--;
	return arena_strndup(arena, text + part->offset, length);
}

static void check_written(struct arena *arena, const char *text, const struct revision *revision)
{
	struct error err = {0};
	const char *up = part_text(arena, text, &revision->up);
	const char *down = part_text(arena, text, &revision->down);
	const char *written = revision_write(arena, revision, up, down);
	struct revision again;

	REQUIRE(revision_parse(arena, "a.sql", written, strlen(written), &again, &err));
	REQUIRE(same_header(revision, &again));
	REQUIRE(strcmp(up, part_text(arena, written, &again.up)) == 0);
	REQUIRE(strcmp(down, part_text(arena, written, &again.down)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct arena arena = {0};
	struct error err = {0};
	struct revision revision;

	if (revision_parse(&arena, "a.sql", text, size, &revision, &err)) {
		REQUIRE(revision.up.present && revision.up.offset + revision.up.length <= size);
		REQUIRE(revision.down.offset + revision.down.length <= size);
		check_pieces(&arena, text, size, 1 + size % 61, &revision);
		check_written(&arena, text, &revision);
	} else {
		REQUIRE(err.message[0] != '\0' && err.status == STATUS_CONFIG && err.line > 0);
	}
	arena_free(&arena);
	return 0;
}
