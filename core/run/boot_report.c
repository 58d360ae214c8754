#include "core/run/boot_report.h"

#include "core/base/host.h"
#include "core/base/log.h"
#include "core/net/metrics.h"
#include "core/net/notify.h"
#include "core/pg/mask.h"
#include "core/run/status.h"

static void set_name(struct boot_report *report)
{
	struct conninfo conninfo;
	struct error ignored;

	if (!database_conninfo(report->arena, report->config, &conninfo, &ignored))
		return;
	report->database = conninfo.display;
	report->name = conninfo.database != NULL ? conninfo.database
		       : conninfo.user != NULL   ? conninfo.user
						 : "postgres";
}

void boot_report_open(struct boot_report *report, struct arena *arena, const struct config *config)
{
	*report = (struct boot_report){
	    .config = config,
	    .arena = arena,
	    .left = config_number(config, SETTING_NOTIFY_TIMEOUT),
	};
	trace_start(&report->trace, arena, "boot");
	set_name(report);
}

static struct names copy(struct arena *arena, const struct names *names)
{
	struct names copied = {0};

	for (size_t i = 0; i < names->count; i++)
		names_add(arena, &copied, arena_strdup(arena, names->items[i]));
	return copied;
}

/* Metrics have the newest backup's age, whoever took it. */
static bool wants_backup(const struct config *config)
{
	return config_string(config, SETTING_METRICS_DIRECTORY) != NULL
	       || config_string(config, SETTING_METRICS_PUSHGATEWAY) != NULL;
}

void boot_report_see(struct boot_report *report, struct database *database)
{
	struct status_backups found;
	struct error ignored;

	if (!report->seen)
		report->from = copy(report->arena, &database->version.heads);
	report->seen = true;
	report->to = copy(report->arena, &database->version.heads);
	if (report->backup == NULL && wants_backup(report->config)
	    && !session_lost(database->session)
	    && status_backup(report->config, database, &found, &ignored))
		report->backup = found.newest;
}

/* Of what was planned, what the database is at or past: the rest is pending. */
static struct names applied(const struct boot_report *report)
{
	struct names done = {0};
	size_t count = report->planned.count;

	/* Steps end in their order; the last one that is a row of the version table ends the list.
	 */
	while (count > 0 && !names_has(&report->to, report->planned.items[count - 1]))
		count--;
	for (size_t i = 0; i < count; i++)
		names_add(report->arena, &done, report->planned.items[i]);
	return done;
}

static struct notification make_notice(const struct boot_report *report, enum notice_event event)
{
	const char *host = host_name(report->arena);

	return (struct notification){
	    .event = event,
	    .database = report->database,
	    .name = report->name != NULL ? report->name : "?",
	    .host = host != NULL ? host : "?",
	    .from = report->from,
	    .to = report->to,
	    .planned = report->planned,
	    .backup = report->backup,
	    .backed_up = report->backed_up,
	    .way_back = report->way_back,
	    .trace = &report->trace,
	};
}

static void tell(struct boot_report *report, const struct notification *notice, long most)
{
	int64_t began = clock_ms();

	notify_send(report->config, notice, deadline_in(most));
	report->left -= (long)(clock_ms() - began);
	if (report->left < 0)
		report->left = 0;
}

void boot_report_plan(struct boot_report *report, const struct plan *plan)
{
	struct notification notice;

	if (report == NULL)
		return;
	report->planned = (struct names){0};
	for (size_t i = 0; i < plan->count; i++)
		names_add(report->arena, &report->planned,
		    arena_strdup(report->arena, plan->steps[i].node->revision.id));
	if (!notify_wanted(report->config))
		return;
	notice = make_notice(report, NOTICE_START);
	/* The end is the more important news. */
	tell(report, &notice, report->left / 2);
}

void boot_report_backup(struct boot_report *report, const struct manifest *manifest)
{
	struct manifest *kept;

	if (report == NULL)
		return;
	kept = arena_alloc(report->arena, sizeof(*kept));
	*kept = *manifest;
	report->backup = kept;
	report->backed_up = true;
}

void boot_report_way_back(struct boot_report *report, const char *backup)
{
	if (report != NULL)
		report->way_back = arena_strdup(report->arena, backup);
}

/* "took 1.2 s: wait 12 ms, lock 3 ms, backup 815 ms, apply 34 ms" */
static void log_phases(const struct boot_report *report)
{
	const struct trace *trace = &report->trace;
	struct text out = {.arena = report->arena};

	text_printf(&out, "took %s",
	    text_duration(report->arena, trace_duration(&trace->spans[TRACE_ROOT])));
	for (size_t i = 1, told = 0; i < trace->count; i++)
		if (trace->spans[i].parent == TRACE_ROOT)
			text_printf(&out, "%s %s %s", told++ == 0 ? ":" : ",", trace->spans[i].name,
			    text_duration(report->arena, trace_duration(&trace->spans[i])));
	if (report->trace.spans[TRACE_ROOT].failed)
		log_info("%s", text_string(&out));
	else
		log_done("%s", text_string(&out));
}

static void write_metrics(struct boot_report *report, const struct notification *notice)
{
	const char *directory = config_string(report->config, SETTING_METRICS_DIRECTORY);
	struct error err;

	if (directory != NULL && !metrics_write(report->arena, directory, notice, &err))
		log_warn("no metrics: %s", err.message);
}

void boot_report_close(struct boot_report *report, const struct error *err)
{
	struct notification notice;
	struct error masked;

	while (report->trace.open != TRACE_ROOT)
		trace_end(&report->trace, err == NULL);
	trace_end(&report->trace, err == NULL);
	notice = make_notice(report, err == NULL ? NOTICE_SUCCESS : NOTICE_FAILURE);
	notice.applied = applied(report);
	if (err != NULL) {
		mask_error(err, &masked);
		notice.err = &masked;
	}
	if (report->planned.count > 0)
		log_phases(report);
	write_metrics(report, &notice);
	if (notify_wanted(report->config))
		tell(report, &notice, report->left);
}
