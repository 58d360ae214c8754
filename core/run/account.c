#include "core/run/account.h"

#include "core/base/host.h"
#include "core/base/log.h"
#include "core/net/metrics.h"
#include "core/net/notify.h"
#include "core/run/survey.h"

static void set_name(struct account *account)
{
	struct conninfo conninfo;
	struct error ignored;

	if (!database_conninfo(account->arena, account->config, &conninfo, &ignored))
		return;
	account->database = conninfo.display;
	account->name = conninfo.database != NULL ? conninfo.database
			: conninfo.user != NULL   ? conninfo.user
						  : "postgres";
}

void account_open(struct account *account, struct arena *arena, const struct config *config)
{
	*account = (struct account){
	    .config = config,
	    .arena = arena,
	    .left = config_number(config, SETTING_NOTIFY_TIMEOUT),
	};
	trace_start(&account->trace, arena, "boot");
	set_name(account);
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

void account_see(struct account *account, struct database *database)
{
	const struct manifest *found;
	struct error ignored;

	if (!account->seen)
		account->from = copy(account->arena, &database->version.heads);
	account->seen = true;
	account->to = copy(account->arena, &database->version.heads);
	if (account->backup == NULL && wants_backup(account->config)
	    && !session_lost(database->session)
	    && survey_backup(account->config, database, &found, &ignored))
		account->backup = found;
}

/* Of what was planned, what the database is at or past: the rest is pending. */
static struct names applied(const struct account *account)
{
	struct names done = {0};
	size_t count = account->planned.count;

	/* Steps end in their order; the last one that is a row of the version table ends the list.
	 */
	while (count > 0 && !names_has(&account->to, account->planned.items[count - 1]))
		count--;
	for (size_t i = 0; i < count; i++)
		names_add(account->arena, &done, account->planned.items[i]);
	return done;
}

static struct notice make_notice(const struct account *account, enum notice_event event)
{
	const char *host = host_name(account->arena);

	return (struct notice){
	    .event = event,
	    .database = account->database,
	    .name = account->name != NULL ? account->name : "?",
	    .host = host != NULL ? host : "?",
	    .from = account->from,
	    .to = account->to,
	    .planned = account->planned,
	    .backup = account->backup,
	    .backed_up = account->backed_up,
	    .trace = &account->trace,
	};
}

static void tell(struct account *account, const struct notice *notice, long most)
{
	int64_t began = clock_ms();

	notify_send(account->config, notice, deadline_in(most));
	account->left -= (long)(clock_ms() - began);
	if (account->left < 0)
		account->left = 0;
}

void account_plan(struct account *account, const struct plan *plan)
{
	struct notice notice;

	if (account == NULL)
		return;
	account->planned = (struct names){0};
	for (size_t i = 0; i < plan->count; i++)
		names_add(account->arena, &account->planned,
		    arena_strdup(account->arena, plan->steps[i].node->revision.id));
	if (!notify_wanted(account->config))
		return;
	notice = make_notice(account, NOTICE_START);
	/* The end is the more important news. */
	tell(account, &notice, account->left / 2);
}

void account_backup(struct account *account, const struct manifest *manifest)
{
	struct manifest *kept;

	if (account == NULL)
		return;
	kept = arena_alloc(account->arena, sizeof(*kept));
	*kept = *manifest;
	account->backup = kept;
	account->backed_up = true;
}

/* "took 1.2 s: wait 12 ms, lock 3 ms, backup 815 ms, apply 34 ms" */
static void log_phases(const struct account *account)
{
	const struct trace *trace = &account->trace;
	struct text out = {.arena = account->arena};

	text_printf(&out, "took %s",
	    text_duration(account->arena, trace_duration(&trace->spans[TRACE_ROOT])));
	for (size_t i = 1, told = 0; i < trace->count; i++)
		if (trace->spans[i].parent == TRACE_ROOT)
			text_printf(&out, "%s %s %s", told++ == 0 ? ":" : ",", trace->spans[i].name,
			    text_duration(account->arena, trace_duration(&trace->spans[i])));
	if (account->trace.spans[TRACE_ROOT].failed)
		log_info("%s", text_string(&out));
	else
		log_done("%s", text_string(&out));
}

static void write_metrics(struct account *account, const struct notice *notice)
{
	const char *directory = config_string(account->config, SETTING_METRICS_DIRECTORY);
	struct error err;

	if (directory != NULL && !metrics_write(account->arena, directory, notice, &err))
		log_warn("no metrics: %s", err.message);
}

void account_close(struct account *account, const struct error *err)
{
	struct notice notice;

	while (account->trace.open != TRACE_ROOT)
		trace_end(&account->trace, err == NULL);
	trace_end(&account->trace, err == NULL);
	notice = make_notice(account, err == NULL ? NOTICE_SUCCESS : NOTICE_FAILURE);
	notice.applied = applied(account);
	notice.err = err;
	if (account->planned.count > 0)
		log_phases(account);
	write_metrics(account, &notice);
	if (notify_wanted(account->config))
		tell(account, &notice, account->left);
}
