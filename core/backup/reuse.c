#include "core/backup/reuse.h"

#include <string.h>

#include "core/backup/verify.h"
#include "core/backup/wal.h"
#include "core/base/log.h"
#include "core/base/stop.h"

static bool same_text(const char *one, const char *other)
{
	return strcmp(one != NULL ? one : "", other != NULL ? other : "") == 0;
}

/* What cannot be known is not the same. */
static bool same_known(const char *one, const char *other)
{
	return one != NULL && other != NULL && strcmp(one, other) == 0;
}

static bool same_change(const struct manifest *one, const struct manifest *wanted)
{
	return manifest_same_database(one, wanted)
	       && same_known(one->database_oid, wanted->database_oid)
	       && names_equal(&one->heads, &wanted->heads)
	       && names_equal(&one->pending, &wanted->pending)
	       && same_known(one->pending_sha256, wanted->pending_sha256)
	       && same_known(one->journal, wanted->journal)
	       && strcmp(one->format, wanted->format) == 0
	       && same_text(one->options, wanted->options);
}

static bool is_young(const struct manifest *one, time_t now, long age)
{
	time_t created = manifest_time(one);

	return created != (time_t)-1 && created <= now && now - created <= age / 1000;
}

bool reuse_fits(const struct manifest *one, const struct manifest *wanted, time_t now,
    const struct reuse *reuse, long long *written)
{
	long long then, since;

	if (!same_change(one, wanted) || !is_young(one, now, reuse->age)
	    || !same_known(one->timeline, wanted->timeline) || !wal_bytes(one->wal_before, &then)
	    || !wal_bytes(wanted->wal_before, &since))
		return false;
	*written = since - then;
	return *written >= 0 && *written <= reuse->wal;
}

const struct manifest *reuse_find(struct arena *arena, const char *directory,
    const struct manifest *wanted, const struct reuse *reuse, long long *written)
{
	struct manifest *all;
	struct error err = {0};
	size_t count;

	if (reuse->age <= 0 || !manifest_list(arena, directory, &all, &count, &err))
		return NULL;
	for (size_t i = 0; i < count && stop_signal() == 0; i++) {
		if (!reuse_fits(&all[i], wanted, time(NULL), reuse, written))
			continue;
		if (verify_sum(arena, &all[i], &err))
			return &all[i];
		if (stop_signal() == 0)
			log_warn("backup: %s cannot be reused: %s", all[i].archive, err.message);
	}
	return NULL;
}
