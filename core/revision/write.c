#include "core/revision/file.h"

#include <stdint.h>
#include <string.h>

#define SLUG_MAX 40 /* characters, Alembic's truncate_slug_length */

/* Decodes valid UTF-8; a stray byte stands for itself. */
static uint32_t decode(const char **string)
{
	const unsigned char *s = (const unsigned char *)*string;
	size_t length = s[0] < 0xC0 ? 1 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
	uint32_t c = length == 1 ? s[0] : s[0] & (0x7FU >> length);

	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xC0) != 0x80) {
			*string += 1;
			return s[0];
		}
		c = c << 6 | (s[i] & 0x3FU);
	}
	*string += length;
	return c;
}

static void encode(struct text *text, uint32_t c)
{
	char bytes[4];
	size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = length - 1; i > 0; i--, c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3F));
	bytes[0] = (char)(length == 1 ? c : (0xF00U >> length & 0xFF) | c);
	text_add_bytes(text, bytes, length);
}

/* What Python's \w matches, closely enough for messages: everything beyond ASCII but the
 * punctuation people type. */
static bool is_word(uint32_t c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
		       || c == '_';
	if (c < 0xC0)
		return c == 0xAA || c == 0xB5 || c == 0xBA;
	return c != 0xD7 && c != 0xF7 && !(c >= 0x2000 && c <= 0x206F) && c != 0x2116
	       && !(c >= 0x3000 && c <= 0x3003);
}

/* ASCII, Latin-1, Greek and Cyrillic; towlower(3) would depend on the locale. */
static uint32_t to_lower(uint32_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7)
	    || (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) || (c >= 0x410 && c <= 0x42F))
		return c + 32;
	if (c >= 0x400 && c <= 0x40F)
		return c + 80;
	if ((c >= 0x460 && c <= 0x481) || (c >= 0x48A && c <= 0x4BF) || (c >= 0x4D0 && c <= 0x52F)
	    || (c >= 0x100 && c <= 0x12F) || (c >= 0x14A && c <= 0x177))
		return c | 1;
	return c;
}

/* Alembic: over the limit, cut there, drop what follows the last "_", end in "_". */
static const char *cut(struct arena *arena, const char *slug)
{
	const char *end = slug, *last = NULL;

	for (size_t i = 0; i < SLUG_MAX && *end; i++) {
		if (*end == '_')
			last = end;
		decode(&end);
	}
	if (*end == '\0')
		return slug;
	if (last == NULL)
		last = end;
	return arena_printf(arena, "%.*s_", (int)(last - slug), slug);
}

const char *revision_slug(struct arena *arena, const char *message)
{
	struct text slug = {.arena = arena};
	bool gap = false;

	while (*message) {
		uint32_t c = decode(&message);

		if (!is_word(c)) {
			gap = slug.length > 0;
			continue;
		}
		if (gap)
			text_add(&slug, "_");
		gap = false;
		encode(&slug, to_lower(c));
	}
	return cut(arena, text_string(&slug));
}

static void add_message(struct text *text, const char *message)
{
	while (*message) {
		size_t length = strcspn(message, "\n");

		text_add(text, length > 0 ? "-- " : "--");
		text_add_bytes(text, message, length);
		text_add(text, "\n");
		message += length;
		message += *message == '\n';
	}
	if (text->length > 0)
		text_add(text, "--\n");
}

static void add_key(
    struct text *text, struct arena *arena, const char *key, const struct names *names)
{
	if (names->count > 0)
		text_printf(text, "-- %s: %s\n", key, names_join(arena, names, ", "));
}

static void add_part(struct text *text, const char *name, const struct part *part, const char *sql)
{
	text_printf(text, "\n-- migrate:%s", name);
	if (part->transaction != TRANSACTION_DEFAULT)
		text_printf(text, " transaction:%s",
		    part->transaction == TRANSACTION_ON ? "true" : "false");
	if (part->present && part->lock_timeout >= 0)
		text_printf(text, " lock_timeout:%ldms", part->lock_timeout);
	if (part->present && part->statement_timeout >= 0)
		text_printf(text, " statement_timeout:%ldms", part->statement_timeout);
	text_add(text, "\n");
	if (sql == NULL || *sql == '\0')
		return;
	text_add(text, sql);
	if (!text_ends(sql, "\n"))
		text_add(text, "\n");
}

const char *revision_write(
    struct arena *arena, const struct revision *revision, const char *up, const char *down)
{
	struct text text = {.arena = arena};

	add_message(&text, revision->message ? revision->message : "");
	text_printf(&text, "-- Revision ID: %s\n", revision->id);
	if (revision->parents.count > 0)
		add_key(&text, arena, "Revises", &revision->parents);
	else
		text_add(&text, "-- Revises:\n");
	add_key(&text, arena, "Depends on", &revision->depends);
	add_key(&text, arena, "Branch labels", &revision->labels);
	if (revision->date != NULL && *revision->date)
		text_printf(&text, "-- Create Date: %s\n", revision->date);
	add_part(&text, "up", &revision->up, up);
	add_part(&text, "down", &revision->down, down);
	return text_string(&text);
}
