#include "core/backup/retention.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/backup/left_out.h"
#include "core/base/log.h"

#define DAY ((time_t)24 * 60 * 60)

/* Backups of one period have the same number; later ones have higher numbers. */
struct period {
	long (*number)(time_t at);
	long count; /* how many periods still want their newest */
	long last; /* the one that was met last */
};

static long day_of(time_t at)
{
	return (long)(at / DAY);
}

/* From Monday on: the first day of all was a Thursday. */
static long week_of(time_t at)
{
	return (day_of(at) + 3) / 7;
}

static long month_of(time_t at)
{
	struct tm fields;

	gmtime_r(&at, &fields);
	return fields.tm_year * 12L + fields.tm_mon;
}

/* Is it the first that is met of a period that counts? */
static bool opens(struct period *period, time_t at)
{
	long number = period->number(at);

	if (period->count <= 0 || number == period->last)
		return false;
	period->last = number;
	period->count--;
	return true;
}

static bool keeps_all(const struct retention *retention)
{
	return retention->last <= 0 && retention->daily <= 0 && retention->weekly <= 0
	       && retention->monthly <= 0 && retention->days <= 0;
}

/* Two boots that wanted to apply the same to the same, between which nothing was committed. */
static bool is_retry(const struct manifest *one, const struct manifest *other)
{
	return one->pending.count > 0 && one->journal != NULL && other->journal != NULL
	       && strcmp(one->journal, other->journal) == 0
	       && names_equal(&one->heads, &other->heads)
	       && names_equal(&one->pending, &other->pending);
}

/* Neither the first nor the newest of a row of retries. */
static bool is_between(const struct manifest *manifests, size_t count, size_t i)
{
	return i > 0 && i + 1 < count && is_retry(&manifests[i], &manifests[i - 1])
	       && is_retry(&manifests[i], &manifests[i + 1]);
}

void retention_choose(const struct manifest *manifests, size_t count,
    const struct retention *retention, time_t now, bool *keep)
{
	struct period periods[] = {
	    {day_of, retention->daily, -1},
	    {week_of, retention->weekly, -1},
	    {month_of, retention->monthly, -1},
	};
	long counted = 0;

	for (size_t i = 0; i < count; i++) {
		time_t told = manifest_time(&manifests[i]), at = told > now ? now : told;
		bool young = retention->days > 0 && at != (time_t)-1
			     && now - at < (time_t)retention->days * DAY;

		keep[i] = keeps_all(retention);
		if (keep[i] || is_between(manifests, count, i))
			continue;
		keep[i] = counted++ < retention->last || young;
		for (size_t p = 0; p < COUNT(periods); p++)
			if (at != (time_t)-1 && opens(&periods[p], at))
				keep[i] = true;
	}
}

static bool is_pinned(const struct manifest *manifest, const struct retention_of *of)
{
	return (of->newest != NULL && strcmp(manifest->id, of->newest->id) == 0)
	       || names_has(of->wanted, manifest->id);
}

struct manifest *retention_pruned(struct arena *arena, const struct manifest *all, size_t count,
    const struct retention_of *of, const struct retention *retention, size_t *pruned)
{
	struct manifest *ours = arena_array(arena, count + 1, sizeof(*ours));
	struct manifest *kind = arena_array(arena, count + 1, sizeof(*kind));
	struct manifest *gone = arena_array(arena, count + 1, sizeof(*gone));
	bool *keep = arena_array(arena, count + 1, sizeof(*keep));
	size_t found;

	memcpy(ours, all, count * sizeof(*all));
	found = provenance_select(arena, of->lineage, ours, count);
	*pruned = 0;
	for (int part = 0; part < 2; part++) {
		size_t kinds = 0;

		for (size_t i = 0; i < found; i++)
			if ((ours[i].options != NULL) == (part != 0))
				kind[kinds++] = ours[i];
		retention_choose(kind, kinds, retention, time(NULL), keep);
		for (size_t i = 0; i < kinds; i++)
			if (!keep[i] && !is_pinned(&kind[i], of))
				gone[(*pruned)++] = kind[i];
	}
	return gone;
}

/* The archive goes first. A crash in between then leaves a manifest of a few hundred bytes, which
 * manifest_list passes over; the other way round it would leave gigabytes that no later run would
 * recognise as a backup and prune. */
void retention_remove(struct arena *arena, const struct manifest *manifest)
{
	const char *beside = arena_printf(arena, "%s.json", manifest->archive);
	const char *missing = arena_printf(arena, "%s" LEFT_OUT_SUFFIX, manifest->archive);

	unlink(missing);
	if (archive_remove(manifest->archive) && (unlink(beside) == 0 || errno == ENOENT))
		log_info("backup: pruned %s", manifest->archive);
	else
		log_warn("backup: cannot remove %s: %s", manifest->archive, strerror(errno));
}
