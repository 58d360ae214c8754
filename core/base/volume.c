#include "core/base/volume.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"

#define NAME_DIGITS 64

/* …/volumes/NAME/_data, as mountinfo's root field has it (proc_pid_mountinfo(5)). */
static bool has_no_name(const char *root)
{
	const char *name = strstr(root, "/volumes/");

	if (name == NULL)
		return false;
	name += strlen("/volumes/");
	return strspn(name, "0123456789abcdef") == NAME_DIGITS
	       && text_starts(name + NAME_DIGITS, "/_data");
}

/* The length of the mount point, where it is the directory or one above it; -1. */
static int covers(const char *point, const char *directory)
{
	size_t length = strlen(point);

	if (strcmp(point, "/") == 0)
		return 0;
	return text_starts(directory, point)
		       && (directory[length] == '\0' || directory[length] == '/')
		   ? (int)length
		   : -1;
}

bool volume_is_anonymous(const char *root, const char *directory)
{
	struct arena scratch = {0};
	struct error ignored;
	struct names lines = {0};
	char *text, *there = NULL;
	int longest = -1;
	bool found = false;

	while ((there = realpath(directory, NULL)) == NULL && strcmp(directory, "/") != 0
	       && strcmp(directory, ".") != 0)
		directory = file_directory(&scratch, directory);
	if (there != NULL
	    && file_read(&scratch, arena_printf(&scratch, "%s/proc/self/mountinfo", root), &text,
		NULL, &ignored))
		lines = text_lines(&scratch, text);
	/* "36 35 98:0 /root /point options …"; the last of those that cover it as closely is on
	 * top. */
	for (size_t i = 0; i < lines.count; i++) {
		struct names fields = names_split(&scratch, lines.items[i], " ");
		int length = fields.count > 4 ? covers(fields.items[4], there) : -1;

		if (length >= 0 && length >= longest) {
			longest = length;
			found = has_no_name(fields.items[3]);
		}
	}
	free(there);
	arena_free(&scratch);
	return found;
}
