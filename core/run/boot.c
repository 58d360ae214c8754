#include "core/run/boot.h"

#include "core/apply/record.h"
#include "core/apply/step.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/run/boot_report.h"
#include "core/run/boot_target.h"
#include "core/run/change.h"

/* What one boot goes through. */
struct boot {
	struct boot_report *report;
	struct record record;
	const struct graph *graph;
	const char *command; /* of the application, to be looked up first; NULL: not to be */
	int64_t began; /* the first try, if this is another; 0: this is it */
	bool again; /* the connection broke before a step was begun, as it does in a failover or a
		       restart. A step that it breaks in may be the reason, and is not tried again
		       here. */
};

MUST_CHECK static bool try(struct boot *boot, struct error *err)
{
	struct boot_report *report = boot->report;
	const struct config *config = report->config;
	struct arena *arena = report->arena;
	struct database database;
	struct change change = {
	    .config = config,
	    .graph = boot->graph,
	    .direction = DIRECTION_UP,
	    .target = boot->record.target,
	    .command = boot->command,
	    .backup = true,
	    .began = boot->began,
	    .report = report,
	    .record = &boot->record,
	    .rehearse = true,
	};
	bool leave, ready;

	boot->again = false;
	trace_begin(&report->trace, "wait");
	if (!trace_end(&report->trace, database_open(arena, config, DATABASE_BOOT, &database, err)))
		return false;
	database.trace = &report->trace;
	boot_report_see(report, &database);
	ready = boot_target_ahead(arena, config, boot->graph, &database, &leave, err)
		&& (leave || change_run(&change, &database, err));
	if (ready && !leave)
		log_done("database is at %s", database.version.heads.count > 0
						  ? names_join(arena, &database.version.heads, ", ")
						  : "<base>");
	if (!ready)
		boot->again = (session_lost(database.session) || err->status == STATUS_UNREACHABLE)
			      && err->status != STATUS_ROLLED_BACK
			      && err->status != STATUS_HALF_DONE && err->status != STATUS_CONFIG
			      && stop_signal() == 0;
	boot_report_see(report, &database);
	database_close(&database);
	return ready;
}

/* A backup may have taken longer than one waits for a server. It is taken once: the next try has
 * it. */
MUST_CHECK static bool run(struct boot *boot, struct error *err)
{
	const struct boot_report *report = boot->report;
	long timeout = config_number(report->config, SETTING_WAIT_TIMEOUT);
	struct deadline by = deadline_in(timeout);
	int64_t now = clock_ms();
	struct graph graph;
	bool kept = false;

	if (!boot_target_read(report->arena, report->config, boot->record.target, &graph, err))
		return false;
	boot->graph = &graph;
	for (unsigned tries = 1; !try(boot, err); tries++) {
		if (report->backed_up && !kept)
			by = deadline_in(timeout);
		if (!boot->again || deadline_passed(by))
			return false;
		kept = report->backed_up;
		boot->began = now;
		log_warn("%s; starting over", err->message);
		if (!deadline_sleep(deadline_within(by, step_pause(tries))))
			return stop_asked(err) && false;
	}
	return true;
}

bool boot_run(
    struct arena *arena, const struct config *config, const char *command, struct error *err)
{
	struct boot_report report;
	struct boot boot = {
	    .report = &report,
	    .command = command,
	    .record = {
	        .config = config,
	        .command = "boot",
	        .target = config_string(config, SETTING_BOOT_TARGET),
	    },
	};
	bool ran;

	boot_report_open(&report, arena, config);
	ran = run(&boot, err);
	boot_report_close(&report, ran ? NULL : err);
	return ran;
}
