#include "core/backup/row_count.h"

#include <stdlib.h>
#include <string.h>

#define COPY "COPY "
#define STDIN " FROM stdin;"
#define LINE_MAX                                                                                   \
	((size_t)1 << 20) /* of a COPY: 1600 columns of 63 bytes, each quoted and doubled */

/* From "COPY name (columns) FROM stdin;" the name; NULL: the line is something else. */
static const char *copied(struct arena *arena, const char *line)
{
	const char *name = line + strlen(COPY), *end = name;
	bool quoted = false;

	if (!text_starts(line, COPY) || !text_ends(line, STDIN))
		return NULL;
	for (; *end != '\0' && (quoted || *end != ' '); end++)
		quoted ^= *end == '"';
	return arena_strndup(arena, name, (size_t)(end - name));
}

static void end_table(struct row_count *count)
{
	if (count->rows > 0)
		names_add(count->arena, &count->found,
		    arena_printf(count->arena, "%lld %s", count->rows, count->table));
	count->table = NULL;
}

static void end_line(struct row_count *count)
{
	const char *line = text_string(&count->line);

	if (count->table != NULL) {
		count->rows++;
		if (strcmp(line, "\\.") == 0) {
			count->rows--;
			end_table(count);
		}
	} else if (!count->inside && !count->comment) {
		count->table = copied(count->arena, line);
		count->rows = 0;
	}
	count->comment = false;
	count->inside = count->quote != 0;
	count->line.length = 0;
	if (count->line.data != NULL)
		*count->line.data = '\0';
}

/* Outside of COPY's data: what a quoted text or a comment says is no COPY. */
static void follow(struct row_count *count, const char *piece, size_t length)
{
	for (size_t i = 0; i < length && !count->comment; i++)
		if (piece[i] == count->quote)
			count->quote = 0;
		else if (count->quote == 0 && (piece[i] == '\'' || piece[i] == '"'))
			count->quote = piece[i];
}

static size_t part(struct row_count *count, const char *piece, size_t length)
{
	const char *newline = memchr(piece, '\n', length);
	size_t taken = newline != NULL ? (size_t)(newline - piece) : length;
	size_t room = count->table != NULL ? sizeof("\\.") : LINE_MAX;
	size_t kept = count->line.length >= room          ? 0
		      : taken < room - count->line.length ? taken
							  : room - count->line.length;

	text_add_bytes(&count->line, piece, kept);
	if (count->table == NULL) {
		if (!count->inside && text_starts(text_string(&count->line), "--"))
			count->comment = true;
		follow(count, piece, taken);
	}
	if (newline == NULL)
		return taken;
	end_line(count);
	return taken + 1;
}

void row_count_add(struct row_count *count, const char *piece, size_t length)
{
	count->line.arena = count->arena;
	for (size_t at = 0; at < length;)
		at += part(count, piece + at, length - at);
}

long long row_count_of(const char *item, const char **table)
{
	char *end;
	long long rows = strtoll(item, &end, 10);

	*table = *end == ' ' ? end + 1 : end;
	return rows;
}
