#include "cmd/roff.h"

#include <ctype.h>
#include <string.h>

/* groff_man(7): a line must not begin with a control character, and a hyphen is not a minus sign.
 */
static void add_byte(struct text *out, char byte)
{
	const bool begins = out->length == 0 || out->data[out->length - 1] == '\n';

	if (begins && (byte == '.' || byte == '\''))
		text_add(out, "\\&");
	if (byte == '\\')
		text_add(out, "\\e");
	else if (byte == '-')
		text_add(out, "\\-");
	else
		text_add_bytes(out, &byte, 1);
}

void roff_add(struct text *out, const char *string)
{
	for (; *string != '\0'; string++)
		add_byte(out, *string);
}

void roff_section(struct text *out, const char *macro, const char *title)
{
	text_printf(out, "%s \"", macro);
	roff_add(out, title);
	text_add(out, "\"\n");
}

void roff_item(struct text *out, const char *tag, const char *string)
{
	text_add(out, ".TP\n\\fB");
	roff_add(out, tag);
	text_add(out, "\\fR\n");
	roff_add(out, string);
	text_add(out, "\n");
}

/* A link's text: "[text](place)". Returns what follows it, or NULL where this is none. */
static const char *link_end(const char *at, const char **text_end)
{
	*text_end = *at == '[' ? strstr(at, "](") : NULL;
	if (*text_end == NULL || memchr(at, '\n', (size_t)(*text_end - at)) != NULL)
		return NULL;
	const char *end = strchr(*text_end, ')');
	return end != NULL ? end + 1 : NULL;
}

/* Text with `code`, **bold** and links. In code nothing else counts. */
static void inline_text(struct text *out, const char *at, const char *end)
{
	bool code = false, bold = false;

	while (at < end) {
		const char *text_end;
		const char *behind = code ? NULL : link_end(at, &text_end);

		if (behind != NULL && behind <= end) {
			inline_text(out, at + 1, text_end);
			at = behind;
		} else if (*at == '`') {
			code = !code;
			text_add(out, code || bold ? "\\fB" : "\\fR");
			at++;
		} else if (!code && text_starts(at, "**")) {
			bold = !bold;
			text_add(out, bold ? "\\fB" : "\\fR");
			at += 2;
		} else {
			at += at[0] == '\\' && at[1] == '|';
			add_byte(out, *at++);
		}
	}
}

static void words(struct text *out, const char *string)
{
	inline_text(out, string, string + strlen(string));
	text_add(out, "\n");
}

/* The cells of "| a | b |", trimmed. */
static struct names cells(struct arena *arena, const char *row)
{
	struct names found = {0};
	const char *begin = row + 1;

	for (const char *at = begin; *at != '\0'; at++) {
		if (*at != '|' || at[-1] == '\\')
			continue;
		const char *end = at;
		while (begin < end && *begin == ' ')
			begin++;
		while (end > begin && end[-1] == ' ')
			end--;
		names_add(arena, &found, arena_printf(arena, "%.*s", (int)(end - begin), begin));
		begin = at + 1;
	}
	return found;
}

/* The first cell is the tag; each other one a line, after what its column is called. */
static void table_row(struct text *out, const char *line, const struct names *head)
{
	const struct names row = cells(out->arena, line);

	if (row.count == 0 || text_starts(row.items[0], "---"))
		return;
	text_add(out, ".TP\n\\fB");
	words(out, text_replace(out->arena, row.items[0], "`", ""));
	text_add(out, "\\fR");
	for (size_t i = 1; i < row.count; i++) {
		if (row.items[i][0] == '\0')
			continue;
		if (i > 1)
			text_add(out, ".br\n");
		if (row.count > 2 && i < head->count && head->items[i][0] != '\0')
			words(
			    out, arena_printf(out->arena, "%s: %s", head->items[i], row.items[i]));
		else
			words(out, row.items[i]);
	}
}

/* What a line of Markdown begins. */
static const char *list_text(const char *line, const char **mark)
{
	if (text_starts(line, "- ")) {
		*mark = "\\(bu 2";
		return line + 2;
	}
	if (isdigit((unsigned char)line[0]) && text_starts(line + 1, ". ")) {
		*mark = "\\(en 2";
		return line + 3;
	}
	return NULL;
}

static const char *unindented(const char *line)
{
	while (*line == ' ')
		line++;
	return line;
}

/* A paragraph begins, unless the heading above has begun it. */
static void begin(struct text *out, bool *headed)
{
	if (!*headed)
		text_add(out, ".PP\n");
	*headed = false;
}

void roff_markdown(struct text *out, const char *page)
{
	const struct names lines = text_lines(out->arena, page);
	struct names head = {0};
	bool fenced = false, table = false, blank = true, headed = true;

	for (size_t i = 0; i < lines.count; i++) {
		const char *line = lines.items[i], *text, *mark;
		const bool fence = text_starts(unindented(line), "```");

		if (fence) {
			if (!fenced)
				begin(out, &headed);
			fenced = !fenced;
			text_add(out, fenced ? ".RS 4\n.nf\n" : ".fi\n.RE\n");
		} else if (fenced) {
			roff_add(out, line);
			text_add(out, "\n");
		} else if (text_starts(line, "### ") || text_starts(line, "## ")) {
			const bool sub = line[2] == '#';
			roff_section(out, sub ? ".SS" : ".SH", line + (sub ? 4 : 3));
			headed = true;
		} else if (line[0] == '|' && !table) {
			head = cells(out->arena, line);
			headed = false;
		} else if (line[0] == '|') {
			table_row(out, line, &head);
		} else if ((text = list_text(line, &mark)) != NULL) {
			text_printf(out, ".IP %s\n", mark);
			words(out, text);
			headed = false;
		} else if (line[0] != '\0' && line[0] != '#' && line[0] != '!') {
			if (blank && line[0] != ' ')
				begin(out, &headed);
			words(out, unindented(line));
		}
		table = line[0] == '|';
		blank = line[0] == '\0' || fence;
	}
}
