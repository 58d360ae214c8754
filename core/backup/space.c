#include "core/backup/space.h"

#include <string.h>
#include <sys/statvfs.h>

#include "core/base/log.h"

long long space_expected(const struct manifest *last, const struct manifest *next)
{
	const char *before = last != NULL && last->options != NULL ? last->options : "";
	const char *now = next->options != NULL ? next->options : "";

	if (last == NULL || last->database_size <= 0 || strcmp(last->format, next->format) != 0
	    || strcmp(before, now) != 0)
		return 0;
	return (long long)((double)last->size * (double)next->database_size
			   / (double)last->database_size);
}

bool space_check(struct arena *arena, const char *directory, long long expected,
    long long database_size, struct error *err)
{
	struct statvfs at;
	long long room;

	if (statvfs(directory, &at) != 0)
		return true;
	room = (long long)at.f_bavail * (long long)at.f_frsize;
	if (expected == 0 && room < database_size)
		log_warn("backup: %s has %s free, the database has %s", directory,
		    text_size(arena, room), text_size(arena, database_size));
	if (expected == 0 || room - expected / 10 >= expected)
		return true;
	error_set(err, STATUS_BACKUP, "%s has %s free, and the backup will take about %s",
	    directory, text_size(arena, room), text_size(arena, expected));
	return error_hint(err,
	    "Make room there, prune (migrate backup prune), lower [backup] keep_last, or set "
	    "MIGRATE_BACKUP_DIRECTORY to a larger volume.");
}
