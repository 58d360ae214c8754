#include "core/backup/wal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* At most eight hexadecimal digits. */
static bool take_half(const char **at, long long *half)
{
	char *end;

	if (!isxdigit((unsigned char)**at))
		return false;
	*half = strtoll(*at, &end, 16);
	if (end - *at > 8)
		return false;
	*at = end;
	return true;
}

/* The position at the beginning of a text. */
static bool take_position(const char *at, const char **end, long long *bytes)
{
	long long high, low;

	if (!take_half(&at, &high) || *at++ != '/' || !take_half(&at, &low))
		return false;
	*end = at;
	*bytes = high << 32 | low;
	return true;
}

bool wal_bytes(const char *position, long long *bytes)
{
	long long found;
	const char *end;

	if (position == NULL || !take_position(position, &end, &found) || *end != '\0')
		return false;
	*bytes = found;
	return true;
}

/* Lines of "timeline, tab, position, tab, reason". */
bool wal_left(const char *history, long timeline, long long *bytes)
{
	for (const char *line = history; line != NULL && *line != '\0';) {
		char *after;
		long number = strtol(line, &after, 10);
		const char *end;

		if (after != line && number == timeline
		    && take_position(after + strspn(after, " \t"), &end, bytes))
			return true;
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	return false;
}
