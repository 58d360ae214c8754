#include "core/apply/waiting.h"

#include <string.h>

#include "core/base/clock.h"

#define EVERY_MS 30000
#define LEAST_MS 5000 /* between two lines, however often others come and go */

static bool same_text(const char *one, const char *other)
{
	return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

static const char *key(struct arena *arena, const struct blocker *blocker)
{
	return blocker->pid == 0 ? arena_strdup(arena, blocker->name)
				 : arena_printf(arena, "%ld", blocker->pid);
}

static bool has_news(struct waiting *waiting)
{
	for (size_t i = 0; i < waiting->blockers.count; i++)
		if (!names_has(
			&waiting->told_pids, key(&waiting->arena, &waiting->blockers.items[i])))
			return true;
	return false;
}

void waiting_see(struct waiting *waiting, const char *file, long line,
    const struct blockers *blockers, struct arena *arena)
{
	bool other
	    = waiting->began == 0 || waiting->line != line || !same_text(waiting->file, file);

	if (!same_text(waiting->file, file))
		waiting->told = 0;
	if (other) {
		waiting->began = clock_ms();
		waiting->told_pids = (struct names){0};
	}
	arena_free(&waiting->arena);
	waiting->arena = *arena;
	*arena = (struct arena){0};
	waiting->blockers = *blockers;
	waiting->file = file;
	waiting->line = line;
	waiting->seen = clock_ms();
}

struct blockers waiting_for(const struct waiting *waiting, const char *file, long line)
{
	bool meant = waiting->seen != 0 && clock_ms() - waiting->seen < EVERY_MS
		     && waiting->line == line && same_text(waiting->file, file);

	return meant ? waiting->blockers : (struct blockers){0};
}

bool waiting_due(struct waiting *waiting)
{
	int64_t now = clock_ms(), passed = now - waiting->told;

	if (waiting->told != 0 && passed < EVERY_MS && (passed < LEAST_MS || !has_news(waiting)))
		return false;
	waiting->told = now;
	arena_reset(&waiting->told_arena);
	waiting->told_pids = (struct names){0};
	for (size_t i = 0; i < waiting->blockers.count; i++)
		names_add(&waiting->told_arena, &waiting->told_pids,
		    key(&waiting->told_arena, &waiting->blockers.items[i]));
	return true;
}

void waiting_free(struct waiting *waiting)
{
	arena_free(&waiting->arena);
	arena_free(&waiting->told_arena);
	*waiting = (struct waiting){0};
}
