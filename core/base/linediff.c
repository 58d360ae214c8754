#include "core/base/linediff.h"

#include <string.h>

#include "core/base/text.h"

#define CONTEXT 3
#define MOST_EDITS 1000 /* memory grows with their square */

struct line {
	const char *at;
	size_t length; /* without white space at its end */
};

struct lines {
	struct line *items;
	size_t count;
};

/* One line of the result: kept (' '), taken away ('-') or added ('+'). */
struct edit {
	char sign;
	size_t old, new; /* where it stands in both, from 0 */
};

struct edits {
	struct edit *items;
	size_t count;
};

static struct lines split(struct arena *arena, const char *text)
{
	size_t capacity = 1;
	struct lines lines = {0};

	for (const char *at = text; *at != '\0'; at++)
		capacity += *at == '\n';
	lines.items = arena_array(arena, capacity, sizeof(*lines.items));
	while (*text != '\0') {
		size_t length = strcspn(text, "\n"), kept = length;

		while (kept > 0 && strchr(" \t\r", text[kept - 1]) != NULL)
			kept--;
		lines.items[lines.count++] = (struct line){text, kept};
		text += length + (text[length] == '\n');
	}
	return lines;
}

static bool same(const struct line *a, const struct line *b)
{
	return a->length == b->length && memcmp(a->at, b->at, a->length) == 0;
}

/* E. W. Myers, An O(ND) Difference Algorithm (1986): for each number of edits the furthest point on
 * each diagonal; `trails` keeps the row of each number, to walk back on. */
struct search {
	struct arena *arena;
	const struct lines *old, *new;
	long **trails;
	long edits; /* the fewest, once found */
};

static long furthest(const struct search *search, const long *row, long edits, long diagonal)
{
	bool down
	    = diagonal == -edits || (diagonal != edits && row[diagonal - 1] < row[diagonal + 1]);
	long x = down ? row[diagonal + 1] : row[diagonal - 1] + 1;
	long y = x - diagonal;

	while (x < (long)search->old->count && y < (long)search->new->count &&x >= 0 && y >= 0
	       && same(&search->old->items[x], &search->new->items[y])) {
		x++;
		y++;
	}
	return x;
}

static bool find(struct search *search)
{
	long width = 2 * MOST_EDITS + 3, middle = MOST_EDITS + 1;
	long *row = arena_array(search->arena, (size_t)width, sizeof(*row));
	long end = (long)search->old->count - (long)search->new->count;

	row += middle;
	search->trails = arena_array(search->arena, MOST_EDITS + 1, sizeof(*search->trails));
	for (long edits = 0; edits <= MOST_EDITS; edits++) {
		size_t kept = (size_t)(2 * edits + 3);

		search->trails[edits] = arena_array(search->arena, kept, sizeof(*row));
		memcpy(search->trails[edits], row - edits - 1, kept * sizeof(*row));
		for (long diagonal = -edits; diagonal <= edits; diagonal += 2) {
			row[diagonal] = furthest(search, row, edits, diagonal);
			if (diagonal == end && row[diagonal] >= (long)search->old->count) {
				search->edits = edits;
				return true;
			}
		}
	}
	return false;
}

static void push(struct edits *edits, char sign, long old, long new)
{
	edits->items[edits->count++] = (struct edit){sign, (size_t)old, (size_t) new};
}

/* From the end back to the start; the caller turns the list round. */
static void walk_back(const struct search *search, struct edits *edits)
{
	long x = (long)search->old->count, y = (long)search->new->count;

	for (long number = search->edits; number >= 0; number--) {
		const long *row = search->trails[number] + number + 1;
		long diagonal = x - y;
		bool down = diagonal == -number
			    || (diagonal != number && row[diagonal - 1] < row[diagonal + 1]);
		long before = down ? diagonal + 1 : diagonal - 1;
		long from_x = number > 0 ? row[before] : 0,
		     from_y = number > 0 ? from_x - before : 0;

		while (x > from_x && y > from_y) {
			x--;
			y--;
			push(edits, ' ', x, y);
		}
		if (number > 0 && down)
			push(edits, '+', x, --y);
		else if (number > 0)
			push(edits, '-', --x, y);
	}
}

static struct edits compare(struct arena *arena, const struct lines *old, const struct lines *new)
{
	struct search search = {.arena = arena, .old = old, .new = new};
	struct edits back
	    = {.items = arena_array(arena, old->count + new->count, sizeof(struct edit))};
	struct edits edits
	    = {.items = arena_array(arena, old->count + new->count, sizeof(struct edit))};

	if (find(&search)) {
		walk_back(&search, &back);
		while (back.count > 0)
			edits.items[edits.count++] = back.items[--back.count];
		return edits;
	}
	for (size_t i = 0; i < old->count; i++)
		push(&edits, '-', (long)i, 0);
	for (size_t i = 0; i < new->count; i++)
		push(&edits, '+', (long)old->count, (long)i);
	return edits;
}

/* The edits [first, end) that a hunk which begins at `first` is made of. */
static size_t hunk_end(const struct edits *edits, size_t first)
{
	size_t end = first, kept = 0;

	for (size_t i = first; i < edits->count && kept <= 2 * CONTEXT; i++) {
		kept = edits->items[i].sign == ' ' ? kept + 1 : 0;
		if (kept == 0)
			end = i + 1;
	}
	return end + CONTEXT < edits->count ? end + CONTEXT : edits->count;
}

struct sides {
	const struct linediff_side *old, *new;
	struct lines old_lines, new_lines;
};

static void add_hunk(struct text *out, const struct sides *sides, const struct edits *edits,
    size_t first, size_t end)
{
	size_t old = 0, new = 0;

	for (size_t i = first; i < end; i++) {
		old += edits->items[i].sign != '+';
		new += edits->items[i].sign != '-';
	}
	text_printf(out, "@@ -%ld,%zu +%ld,%zu @@\n",
	    sides->old->line + (long)edits->items[first].old, old,
	    sides->new->line + (long)edits->items[first].new, new);
	for (size_t i = first; i < end; i++) {
		const struct edit *edit = &edits->items[i];
		const struct line *line = edit->sign == '+' ? &sides->new_lines.items[edit->new]
							    : &sides->old_lines.items[edit->old];

		text_printf(out, "%c%.*s\n", edit->sign, (int)line->length, line->at);
	}
}

const char *linediff(
    struct arena *arena, const struct linediff_side *old, const struct linediff_side *new)
{
	struct sides sides = {old, new, split(arena, old->text), split(arena, new->text)};
	struct edits edits = compare(arena, &sides.old_lines, &sides.new_lines);
	struct text out = {.arena = arena};
	size_t done = 0;

	for (size_t i = 0; i < edits.count; i++) {
		size_t first, end;

		if (edits.items[i].sign == ' ')
			continue;
		if (out.length == 0)
			text_printf(&out, "--- %s\n+++ %s\n", old->name, new->name);
		first = i > done + CONTEXT ? i - CONTEXT : done;
		end = hunk_end(&edits, i);
		add_hunk(&out, &sides, &edits, first, end);
		i = done = end;
	}
	return text_string(&out);
}
