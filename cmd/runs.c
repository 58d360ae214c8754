#include "cmd/runs.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"

static const struct {
	const char *name;
	bool number;
} columns[ROW_COLUMNS] = {
    [ROW_ID] = {"id", true},
    [ROW_AT] = {"at", false},
    [ROW_REVISION] = {"revision", false},
    [ROW_DIRECTION] = {"direction", false},
    [ROW_STATUS] = {"status", false},
    [ROW_DONE] = {"statements_done", true},
    [ROW_TOTAL] = {"statements_total", true},
    [ROW_DURATION] = {"duration_ms", true},
    [ROW_BY] = {"by", false},
    [ROW_BACKUP] = {"backup", false},
    [ROW_FAILURE] = {"error", false},
    [ROW_SQLSTATE] = {"sqlstate", false},
    [ROW_MESSAGE] = {"message", false},
    [ROW_TOOL_VERSION] = {"tool_version", false},
};

const char *runs_line(struct arena *arena, const struct rows *runs, size_t i)
{
	const char *done = rows_get(runs, i, ROW_DONE), *total = rows_get(runs, i, ROW_TOTAL);
	const char *backup = rows_get(runs, i, ROW_BACKUP);
	struct text out = {.arena = arena};

	text_printf(&out, "%s %s %s", rows_get(runs, i, ROW_DIRECTION),
	    rows_get(runs, i, ROW_REVISION), rows_get(runs, i, ROW_STATUS));
	if (strcmp(done, total) != 0)
		text_printf(&out, " (%s of %s statements)", done, total);
	text_printf(&out, ", %s, %s, by %s", rows_get(runs, i, ROW_AT),
	    text_duration(arena, strtol(rows_get(runs, i, ROW_DURATION), NULL, 10)),
	    rows_get(runs, i, ROW_BY));
	if (backup != NULL)
		text_printf(&out, ", backup %s", backup);
	return text_string(&out);
}

void runs_json_one(struct text *out, const struct rows *runs, size_t i)
{
	json_open(out, NULL, '{');
	for (size_t c = 0; c < ROW_COLUMNS; c++) {
		const char *value = rows_get(runs, i, c);

		if (columns[c].number)
			json_number(out, columns[c].name, strtoll(value, NULL, 10));
		else
			json_text(out, columns[c].name, value);
	}
	json_text(out, "attempt", NULL);
	json_close(out, '}');
}

void runs_json(struct text *out, const char *key, const struct rows *runs)
{
	json_open(out, key, '[');
	for (size_t i = 0; i < runs->count; i++)
		runs_json_one(out, runs, i);
	json_close(out, ']');
}
