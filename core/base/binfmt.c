#include "core/base/binfmt.h"

#include <ctype.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/text.h"

struct format {
	bool enabled;
	const char *extension, *magic, *mask; /* the last two in hexadecimal */
	long offset;
};

/* "enabled", "interpreter /usr/bin/qemu", "offset 0", "magic 7f454c46", "mask ffffffff", "extension
 * .exe" */
static struct format parse(struct arena *arena, const char *text)
{
	const struct names lines = text_lines(arena, text);
	struct format format = {0};

	for (size_t i = 0; i < lines.count; i++) {
		const char *line = lines.items[i], *value = strchr(line, ' ');

		value = value != NULL ? value + 1 : "";
		if (strcmp(line, "enabled") == 0)
			format.enabled = true;
		else if (text_starts(line, "extension "))
			format.extension = value;
		else if (text_starts(line, "magic "))
			format.magic = value;
		else if (text_starts(line, "mask "))
			format.mask = value;
		else if (text_starts(line, "offset ") && !text_to_long(value, &format.offset))
			format.enabled = false;
	}
	return format;
}

static unsigned digit(char c)
{
	return isdigit((unsigned char)c) ? (unsigned)(c - '0')
					 : (unsigned)(tolower((unsigned char)c) - 'a' + 10);
}

static unsigned byte_at(const char *hex, size_t i)
{
	return digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]);
}

static bool has_magic(const struct format *format, const char *head, size_t length)
{
	size_t count = strlen(format->magic) / 2, offset = (size_t)format->offset;

	if (offset > length || count > length - offset
	    || (format->mask != NULL && strlen(format->mask) / 2 < count))
		return false;
	for (size_t i = 0; i < count; i++) {
		unsigned mask = format->mask != NULL ? byte_at(format->mask, i) : 0xff;

		if ((((unsigned char)head[offset + i] ^ byte_at(format->magic, i)) & mask) != 0)
			return false;
	}
	return true;
}

static bool is_for(const struct format *format, const char *path, const char *head, size_t length)
{
	const char *dot = strrchr(path, '.');

	if (!format->enabled)
		return false;
	if (format->magic != NULL)
		return has_magic(format, head, length);
	return format->extension != NULL && dot != NULL && strcmp(dot, format->extension) == 0;
}

bool binfmt_takes(const char *directory, const char *path, const char *head, size_t length)
{
	struct arena arena = {0};
	struct names entries = {0};
	struct error ignored;
	bool takes = false;

	if (!file_list(&arena, directory, &entries, &ignored))
		entries.count = 0;
	for (size_t i = 0; i < entries.count && !takes; i++) {
		struct format format;
		char *text;

		if (strcmp(entries.items[i], "register") == 0
		    || strcmp(entries.items[i], "status") == 0
		    || !file_read(&arena, file_join(&arena, directory, entries.items[i]), &text,
			NULL, &ignored))
			continue;
		format = parse(&arena, text);
		takes = is_for(&format, path, head, length);
	}
	arena_free(&arena);
	return takes;
}
