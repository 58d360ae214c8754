#include "core/base/table.h"

#include <stdint.h>
#include <string.h>

#include "core/base/width.h"

#define USUAL_GAP 2
#define NARROW 16 /* a last column with less room than this begins on a line of its own */
#define HANGING 4

void table_add(struct table *table, const struct row *row)
{
	table->rows = arena_grow(
	    table->arena, table->rows, table->count, &table->capacity, sizeof(*table->rows));
	table->rows[table->count++] = *row;
}

static const char *cell_text(const struct row *row, size_t column)
{
	return row->cells[column].text != NULL ? row->cells[column].text : "";
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t widest = column == 0 ? table->least : 0;

	for (size_t i = 0; i < table->count; i++) {
		size_t width = width_of(cell_text(&table->rows[i], column));

		widest = width > widest ? width : widest;
	}
	return widest;
}

static void pad(struct text *out, size_t columns)
{
	text_printf(out, "%*s", (int)columns, "");
}

/* Bytes of the beginning that goes on this line: as many words as fit, or one that does not. */
static size_t line_length(const char *string, size_t room)
{
	size_t left = room, length = strlen(string), fits = width_fit(string, length, &left);

	if (fits == length)
		return length;
	for (size_t i = fits + 1; i > 1; i--)
		if (string[i - 1] == ' ')
			return i - 1;
	return strcspn(string, " ");
}

static void trim(struct text *out)
{
	while (out->length > 0 && out->data[out->length - 1] == ' ')
		out->data[--out->length] = '\0';
}

static void add_wrapped(
    struct text *out, const struct table *table, const struct cell *cell, size_t indent)
{
	const char *rest = cell->text != NULL ? cell->text : "";
	size_t columns = table->terminal->columns;

	if (columns == SIZE_MAX) {
		terminal_add(out, table->terminal, cell->style, rest);
		return;
	}
	if (columns < indent + NARROW && *rest != '\0') {
		indent = table->indent + HANGING;
		trim(out);
		text_add(out, "\n");
		pad(out, indent);
	}
	while (*rest != '\0') {
		size_t length = line_length(rest, columns > indent ? columns - indent : 1);

		terminal_add(
		    out, table->terminal, cell->style, arena_strndup(out->arena, rest, length));
		rest += length;
		rest += strspn(rest, " ");
		if (*rest != '\0') {
			text_add(out, "\n");
			pad(out, indent);
		}
	}
}

static void add_row(
    struct text *out, const struct table *table, const struct row *row, const size_t *widths)
{
	size_t last = table->columns - 1, indent = table->indent;
	size_t gap = table->gap > 0 ? table->gap : USUAL_GAP;

	pad(out, table->indent);
	for (size_t i = 0; i < last; i++) {
		const struct cell *cell = &row->cells[i];

		if (widths[i] == 0)
			continue;
		terminal_add(out, table->terminal, cell->style, cell_text(row, i));
		pad(out, widths[i] - width_of(cell_text(row, i)) + gap);
		indent += widths[i] + gap;
	}
	add_wrapped(out, table, &row->cells[last], indent);
	trim(out);
	text_add(out, "\n");
}

const char *table_string(const struct table *table)
{
	struct text out = {.arena = table->arena};
	size_t widths[TABLE_COLUMNS];

	for (size_t i = 0; i + 1 < table->columns; i++)
		widths[i] = column_width(table, i);
	for (size_t i = 0; i < table->count; i++)
		add_row(&out, table, &table->rows[i], widths);
	return text_string(&out);
}
