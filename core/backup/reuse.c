#include "core/backup/reuse.h"

#include <string.h>

#include "core/backup/verify.h"
#include "core/base/log.h"
#include "core/base/stop.h"

static bool same_text(const char *one, const char *other)
{
	return strcmp(one != NULL ? one : "", other != NULL ? other : "") == 0;
}

bool reuse_fits(const struct manifest *one, const struct manifest *wanted, time_t now, long age)
{
	time_t created = manifest_time(one);

	return manifest_same_database(one, wanted) && names_equal(&one->heads, &wanted->heads)
	       && names_equal(&one->pending, &wanted->pending)
	       && strcmp(one->format, wanted->format) == 0
	       && same_text(one->options, wanted->options) && created != (time_t)-1
	       && created <= now && now - created <= age / 1000;
}

const struct manifest *reuse_find(
    struct arena *arena, const char *directory, const struct manifest *wanted, long age)
{
	struct manifest *all;
	struct error err = {0};
	size_t count;

	if (age <= 0 || !manifest_list(arena, directory, &all, &count, &err))
		return NULL;
	for (size_t i = 0; i < count && stop_signal() == 0; i++) {
		if (!reuse_fits(&all[i], wanted, time(NULL), age))
			continue;
		if (verify_sum(arena, &all[i], &err))
			return &all[i];
		if (stop_signal() == 0)
			log_warn("backup: %s can't be used again: %s", all[i].archive, err.message);
	}
	return NULL;
}
