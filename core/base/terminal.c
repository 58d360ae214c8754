#include "core/base/terminal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/clean.h"

#define USUAL_COLUMNS 80

static enum colour policy = COLOUR_AUTO;

static const struct {
	const char *colour, *mark, *ascii;
} styles[] = {
    [STYLE_PLAIN] = {"", "·", "-"},
    [STYLE_STRONG] = {"1", "·", "-"},
    [STYLE_FAINT] = {"2", "·", "-"},
    [STYLE_ID] = {"33", "·", "-"},
    [STYLE_GOOD] = {"32", "✓", "ok"},
    [STYLE_DOUBTFUL] = {"33", "!", "!"},
    [STYLE_BAD] = {"31", "✗", "x"},
};

void terminal_set_colour(enum colour colour)
{
	policy = colour;
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0';
}

/* The first of the three that is set counts, as for setlocale(3). */
static bool locale_is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < COUNT(names); i++)
		if (is_set(names[i]))
			return strcasestr(getenv(names[i]), "utf-8") != NULL
			       || strcasestr(getenv(names[i]), "utf8") != NULL;
	return false;
}

struct terminal terminal_of(int fd)
{
	struct terminal terminal = {.columns = SIZE_MAX};
	const char *term = getenv("TERM");
	struct winsize size;

	terminal.colour = policy == COLOUR_ALWAYS;
	if (!isatty(fd))
		return terminal;
	terminal.present = term == NULL || strcmp(term, "dumb") != 0;
	terminal.unicode = terminal.present && locale_is_utf8();
	if (policy == COLOUR_AUTO)
		terminal.colour = terminal.present && !is_set("NO_COLOR");
	terminal.columns = USUAL_COLUMNS;
	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		terminal.columns = size.ws_col;
	return terminal;
}

void terminal_add(
    struct text *out, const struct terminal *terminal, enum style style, const char *string)
{
	bool coloured = terminal->colour && styles[style].colour[0] != '\0' && *string != '\0';

	if (coloured)
		text_printf(out, "\033[%sm", styles[style].colour);
	clean_add(out, string, " ");
	if (coloured)
		text_add(out, "\033[m");
}

const char *terminal_mark(const struct terminal *terminal, enum style style)
{
	return terminal->unicode ? styles[style].mark : styles[style].ascii;
}
