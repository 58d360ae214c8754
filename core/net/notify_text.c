#include "core/net/notify_text.h"

#include <string.h>

#include "core/base/clean.h"
#include "core/base/json.h"

#define SCHEMA_VERSION 1

static const struct {
	const char *name, *mark;
} events[] = {
    [NOTICE_START] = {"start", "⏳"},
    [NOTICE_SUCCESS] = {"success", "✅"},
    [NOTICE_FAILURE] = {"failure", "❌"},
};

static const char *or_base(struct arena *arena, const struct names *revisions)
{
	return revisions->count > 0 ? names_join(arena, revisions, ", ") : "<base>";
}

static void add_headline(struct text *out, const struct notification *notice)
{
	static const char *const words[] = {
	    [NOTICE_START] = "migration begins",
	    [NOTICE_SUCCESS] = "migrated",
	    [NOTICE_FAILURE] = "not started",
	};
	bool failed = notice->event == NOTICE_FAILURE && notice->planned.count > 0;

	text_printf(out, "%s %s: %s\n", events[notice->event].mark, notice->name,
	    failed ? "migration failed" : words[notice->event]);
}

static void add_line(struct text *out, const char *label, const char *value)
{
	if (value != NULL && *value != '\0')
		text_printf(out, "%s: %s\n", label, value);
}

static const char *restore_command(struct arena *arena, const struct notification *notice)
{
	return notice->way_back == NULL
		   ? NULL
		   : arena_printf(arena, "migrate restore --swap %s", notice->way_back);
}

static void add_error(struct text *out, const struct notification *notice)
{
	const struct error *err = notice->err;
	const char *restore = restore_command(out->arena, notice);

	add_line(out, "error", err->message);
	if (err->sqlstate[0] != '\0')
		add_line(out, "SQLSTATE", err->sqlstate);
	if (err->file[0] != '\0')
		add_line(out, "at", arena_printf(out->arena, "%s:%ld", err->file, err->line));
	add_line(out, "hint", err->hint);
	if (restore != NULL && strstr(err->hint, restore) == NULL)
		add_line(out, "restore", restore);
	add_line(out, "detail", err->detail);
	add_line(out, "statement", err->statement);
}

const char *notify_text(struct arena *arena, const struct notification *notice, size_t units)
{
	struct text out = {.arena = arena};
	bool done = notice->event != NOTICE_START;

	add_headline(&out, notice);
	add_line(&out, "database", notice->database);
	add_line(&out, "on", notice->host);
	text_printf(&out, "revision: %s", or_base(arena, &notice->from));
	if (done && notice->applied.count > 0)
		text_printf(&out, " → %s", or_base(arena, &notice->to));
	text_add(&out, "\n");
	if (notice->planned.count > 0)
		text_printf(&out, "%s: %s\n", done ? "applied" : "to be applied",
		    done ? arena_printf(
			arena, "%zu of %zu", notice->applied.count, notice->planned.count)
			 : names_join(arena, &notice->planned, ", "));
	if (done)
		add_line(&out, "took",
		    text_duration(arena, trace_duration(&notice->trace->spans[TRACE_ROOT])));
	if (notice->err != NULL)
		add_error(&out, notice);
	return notify_cut(arena, clean(arena, text_string(&out), "\n"), units);
}

/* In UTF-8 a lead byte of four stands for a pair of surrogates. */
static size_t units_of(unsigned char c)
{
	return c >= 0xF0 ? 2 : (c & 0xC0) == 0x80 ? 0 : 1;
}

const char *notify_cut(struct arena *arena, const char *string, size_t units)
{
	size_t used = 0, keep = 0;

	for (size_t i = 0; string[i] != '\0'; i++) {
		size_t more = units_of((unsigned char)string[i]);

		if (more > 0 && used + 1 <= units)
			keep = i;
		used += more;
	}
	if (used <= units)
		return string;
	return arena_printf(arena, "%.*s…", (int)keep, string);
}

static void json_error(struct text *out, const struct error *err)
{
	if (err == NULL) {
		json_text(out, "error", NULL);
		return;
	}
	json_open(out, "error", '{');
	json_number(out, "status", err->status);
	json_text(out, "message", err->message);
	json_text(out, "sqlstate", err->sqlstate[0] != '\0' ? err->sqlstate : NULL);
	json_text(out, "file", err->file[0] != '\0' ? err->file : NULL);
	json_number(out, "line", err->line);
	json_text(out, "statement", err->statement);
	json_text(out, "detail", err->detail);
	json_text(out, "hint", err->hint);
	json_close(out, '}');
}

static void json_phases(struct text *out, const struct trace *trace)
{
	json_open(out, "phases", '{');
	for (size_t i = 1; i < trace->count; i++)
		if (trace->spans[i].parent == TRACE_ROOT)
			json_number(out, trace->spans[i].name, trace_duration(&trace->spans[i]));
	json_close(out, '}');
}

const char *notify_json(struct arena *arena, const struct notification *notice)
{
	struct text out = {.arena = arena};
	const struct manifest *backup = notice->backed_up ? notice->backup : NULL;

	json_open(&out, NULL, '{');
	json_number(&out, "version", SCHEMA_VERSION);
	json_text(&out, "event", events[notice->event].name);
	json_text(&out, "name", notice->name);
	json_text(&out, "database", notice->database);
	json_text(&out, "host", notice->host);
	json_names(&out, "from", &notice->from);
	json_names(&out, "to", &notice->to);
	json_names(&out, "planned", &notice->planned);
	json_names(&out, "applied", &notice->applied);
	json_number(&out, "duration_ms", trace_duration(&notice->trace->spans[TRACE_ROOT]));
	json_phases(&out, notice->trace);
	json_text(&out, "backup", backup != NULL ? backup->id : NULL);
	json_text(&out, "restore", restore_command(arena, notice));
	json_error(&out, notice->err);
	json_text(&out, "tool_version", MIGRATE_VERSION);
	json_close(&out, '}');
	return text_string(&out);
}
