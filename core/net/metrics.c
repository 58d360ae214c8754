#include "core/net/metrics.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/file.h"

#define LAST_SUCCESS "migrate_last_success_timestamp_seconds"

struct writer {
	struct text out;
	const char *database; /* the label's value, escaped */
};

/* Backslash, quote and newline, as the format wants. */
static const char *escape(struct arena *arena, const char *value)
{
	struct text out = {.arena = arena};

	for (; *value != '\0'; value++)
		if (*value == '\n')
			text_add(&out, "\\n");
		else
			text_printf(
			    &out, "%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
	return text_string(&out);
}

static void family(struct writer *writer, const char *name, const char *help)
{
	text_printf(&writer->out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* A label beside the database's, which all have. */
static const char *label(struct writer *writer, const char *key, const char *value)
{
	struct arena *arena = writer->out.arena;

	return arena_printf(arena, ",%s=\"%s\"", key, escape(arena, value));
}

static void sample(struct writer *writer, const char *name, const char *labels, double number)
{
	text_printf(
	    &writer->out, "%s{database=\"%s\"%s} %.15g\n", name, writer->database, labels, number);
}

static void gauge(struct writer *writer, const char *name, const char *help, double number)
{
	family(writer, name, help);
	sample(writer, name, "", number);
}

/* Seconds of all phases of this name: a run that starts over has several. */
static double phase_seconds(const struct trace *trace, const char *name)
{
	long sum = 0;

	for (size_t i = 1; i < trace->count; i++)
		if (trace->spans[i].parent == TRACE_ROOT && strcmp(trace->spans[i].name, name) == 0)
			sum += trace_duration(&trace->spans[i]);
	return (double)sum / 1000;
}

static void add_phases(struct writer *writer, const struct trace *trace)
{
	static const char name[] = "migrate_last_run_phase_duration_seconds";
	struct names told = {0};

	family(writer, name, "How long each phase of the last run took.");
	for (size_t i = 1; i < trace->count; i++) {
		const char *phase = trace->spans[i].name;

		if (trace->spans[i].parent != TRACE_ROOT || names_has(&told, phase))
			continue;
		names_add(writer->out.arena, &told, phase);
		sample(writer, name, label(writer, "phase", phase), phase_seconds(trace, phase));
	}
}

static void add_revisions(struct writer *writer, const struct names *revisions)
{
	static const char name[] = "migrate_revision_info";

	family(writer, name, "The revisions that the database is at.");
	for (size_t i = 0; i < revisions->count; i++)
		sample(writer, name, label(writer, "revision", revisions->items[i]), 1);
}

static void add_backup(struct writer *writer, const struct manifest *backup)
{
	time_t created = backup != NULL ? manifest_time(backup) : (time_t)-1;

	if (created == (time_t)-1)
		return;
	gauge(writer, "migrate_backup_timestamp_seconds", "When the newest backup was begun.",
	    (double)created);
	gauge(writer, "migrate_backup_size_bytes", "Size of the newest backup.",
	    (double)backup->size);
}

const char *metrics_text(
    struct arena *arena, const struct notification *notice, long long last_success)
{
	struct writer writer = {.out.arena = arena, .database = escape(arena, notice->name)};
	bool good = notice->event == NOTICE_SUCCESS;
	double now = (double)time(NULL);

	family(&writer, "migrate_build_info", "The version that ran last.");
	sample(&writer, "migrate_build_info", label(&writer, "version", MIGRATE_VERSION), 1);
	gauge(&writer, "migrate_last_run_timestamp_seconds", "When the last run ended.", now);
	gauge(&writer, "migrate_last_run_success", "Whether the last run succeeded.", good);
	gauge(&writer, "migrate_last_run_exit_status", "The last run's exit status.",
	    notice->err != NULL ? notice->err->status : 0);
	if (good || last_success > 0)
		gauge(&writer, LAST_SUCCESS, "When a run ended well for the last time.",
		    good ? now : (double)last_success);
	gauge(&writer, "migrate_last_run_duration_seconds", "How long the last run took.",
	    (double)trace_duration(&notice->trace->spans[TRACE_ROOT]) / 1000);
	add_phases(&writer, notice->trace);
	gauge(&writer, "migrate_applied_migrations", "Migrations that the last run applied.",
	    (double)notice->applied.count);
	gauge(&writer, "migrate_pending_migrations", "Migrations that the last run left pending.",
	    (double)(notice->planned.count - notice->applied.count));
	add_revisions(&writer, &notice->to);
	add_backup(&writer, notice->backup);
	return text_string(&writer.out);
}

/* What the file of an earlier run says; 0: nothing. */
static long long read_last_success(struct arena *arena, const char *path)
{
	struct error ignored;
	const char *line, *number;
	char *text;

	if (!file_exists(path) || !file_read(arena, path, &text, NULL, &ignored))
		return 0;
	line = strstr(text, "\n" LAST_SUCCESS "{");
	number = line != NULL ? strstr(line, "} ") : NULL;
	return number != NULL ? strtoll(number + strlen("} "), NULL, 10) : 0;
}

/* What can stand in a file's name. */
static const char *file_name(struct arena *arena, const char *name)
{
	char *safe = arena_strdup(arena, name);

	for (char *at = safe; *at != '\0'; at++)
		if (*at == '/' || *at == '.')
			*at = '_';
	return arena_printf(arena, "migrate_%s.prom", safe);
}

bool metrics_write(struct arena *arena, const char *directory, const struct notification *notice,
    struct error *err)
{
	const char *path = file_join(arena, directory, file_name(arena, notice->name));
	const char *text = metrics_text(arena, notice, read_last_success(arena, path));
	/* node_exporter is another user. */
	const struct file_new file
	    = {.path = path, .data = text, .length = strlen(text), .mode = 0644};

	return file_replace(&file, err);
}
