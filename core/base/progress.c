#include "core/base/progress.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/text.h"

#define EVENT_MS 10000 /* where there is no terminal */
#define MOST 99 /* per cent that an estimate can reach */
#define WIDTH 20

void progress_start(struct progress *progress, const char *what, long long total)
{
	int64_t now = clock_ms();

	*progress = (struct progress){.what = what, .total = total, .began = now, .said = now};
}

const char *progress_bar(struct arena *arena, int percent)
{
	char bar[WIDTH + 1] = {0};

	memset(bar, '.', WIDTH);
	memset(bar, '#', (size_t)(percent * WIDTH / 100));
	return arena_printf(arena, "[%s] %d %%", bar, percent);
}

const char *progress_line(
    struct arena *arena, const struct progress *progress, long long done, long ms)
{
	const char *took = text_duration(arena, ms);
	int percent;

	if (done <= 0)
		return arena_printf(arena, "%s, %s", progress->what, took);
	if (progress->total <= 0)
		return arena_printf(
		    arena, "%s: %s, %s", progress->what, text_size(arena, done), took);
	percent = done >= progress->total ? MOST : (int)(done * 100 / progress->total);
	if (percent > MOST)
		percent = MOST;
	return arena_printf(arena, "%s %s, %s of about %s, %s", progress->what,
	    progress_bar(arena, percent), text_size(arena, done), text_size(arena, progress->total),
	    took);
}

void progress_show(struct progress *progress, long long done)
{
	struct arena scratch = {0};
	int64_t now = clock_ms();
	const char *line = progress_line(&scratch, progress, done, (long)(now - progress->began));

	if (!log_status(line) && now - progress->said >= EVENT_MS) {
		log_info("%s", line);
		progress->said = now;
	}
	arena_free(&scratch);
}

void progress_end(void)
{
	log_status("");
}
