#include "core/backup/restore.h"

#include <string.h>

#include "core/backup/analyze.h"
#include "core/backup/dump_options.h"
#include "core/backup/lesser.h"
#include "core/backup/pinned.h"
#include "core/backup/refill.h"
#include "core/backup/unsubscribe.h"
#include "core/backup/verify.h"
#include "core/base/log.h"
#include "core/base/stop.h"

/* When a statement is run. */
enum pass {
	PASS_TABLES,
	PASS_VALUES, /* of sequences; large objects without their contents */
	PASS_OBJECTS,
	PASS_GRANTS, /* behind the rows: an owner may lack the right to write */
	PASS_LAST, /* materialised views' rows, subscriptions */
	PASS_EVENTS, /* event triggers, which see whatever is done after them */
	PASSES
};

struct statements {
	struct toc_statement **items;
	size_t count, capacity;
};

/* What one restore_archive goes through. */
struct job {
	struct arena *arena;
	const struct restore *restore;
	const struct manifest *manifest;
	struct pg_restore call;
	struct load load;
	struct names lines, tables, contents; /* of the list: all, tables' rows, large objects */
	struct names ids; /* that are accounted for */
	const char *preamble;
	struct statements passes[PASSES];
	struct pinned pinned;
	struct checks_off off;
	struct tallies tallies;
	struct left_out *left;
};

static const struct {
	const char *type, *name;
	enum pass pass;
} later[] = {
    {"ACL", "", PASS_GRANTS},
    {"ACL LANGUAGE", "", PASS_GRANTS},
    {"DEFAULT ACL", "", PASS_GRANTS},
    {"EVENT TRIGGER", "", PASS_EVENTS},
    {"COMMENT", "EVENT TRIGGER ", PASS_EVENTS},
    {"SECURITY LABEL", "EVENT TRIGGER ", PASS_EVENTS},
    {"MATERIALIZED VIEW DATA", "", PASS_LAST},
    {"SUBSCRIPTION", "", PASS_LAST},
    {"SUBSCRIPTION TABLE", "", PASS_LAST},
    {"COMMENT", "SUBSCRIPTION ", PASS_LAST},
    {"SECURITY LABEL", "SUBSCRIPTION ", PASS_LAST},
};

static enum pass pass_of(const struct toc_entry *entry, enum pass pass)
{
	for (size_t i = 0; i < COUNT(later) && pass != PASS_VALUES; i++)
		if (strcmp(later[i].type, entry->type) == 0
		    && text_starts(entry->name, later[i].name))
			return later[i].pass;
	return pass;
}

static void add(struct job *job, struct toc_statement *statement, enum pass pass)
{
	struct statements *to = &job->passes[pass_of(statement->entry, pass)];

	to->items = arena_grow(job->arena, to->items, to->count, &to->capacity, sizeof(*to->items));
	to->items[to->count++] = statement;
}

/* A part of the archive, as statements. */
MUST_CHECK static bool read_part(struct job *job, const char *const *words,
    const struct names *lines, enum pass pass, struct toc_script *script, struct error *err)
{
	char *text;

	if (!pg_restore_text(&job->call, words, lines, &text, err)
	    || !toc_read(job->arena, text, script, err))
		return false;
	for (size_t i = 0; i < script->count; i++)
		add(job, &script->statements[i], pass);
	for (size_t i = 0; i < script->ids.count; i++)
		names_add(job->arena, &job->ids, script->ids.items[i]);
	return true;
}

/* Each entry is in one of the parts, or pg_restore brings it. */
MUST_CHECK static bool check_entries(struct job *job, struct error *err)
{
	struct names known = job->ids;

	names_sort(&known);
	for (size_t i = 0, at = 0; i < job->lines.count; i++) {
		const char *line = job->lines.items[i], *id = toc_line_id(job->arena, line);
		size_t from = 0, to = known.count;

		while (from < to) {
			at = from + (to - from) / 2;
			if (strcmp(known.items[at], id) < 0)
				from = at + 1;
			else
				to = at;
		}
		if ((from == known.count || strcmp(known.items[from], id) != 0)
		    && !toc_line_is(line, "TABLE DATA") && !toc_line_is(line, "BLOBS"))
			return error_set(err, STATUS_BACKUP,
			    "pg_restore lists an entry but does not write it: %s", line);
	}
	return true;
}

static const char *encoding_of(struct arena *arena, const char *preamble)
{
	const char *line = strstr(preamble, "SET client_encoding = ");

	return line != NULL ? arena_strndup(arena, line, strcspn(line, "\n")) : "";
}

MUST_CHECK static bool read_archive(struct job *job, struct error *err)
{
	static const char *const list[] = {"--list", NULL};
	static const char *const before[]
	    = {"--schema-only", "--section=pre-data", "--verbose", "--file=-", NULL};
	static const char *const after[]
	    = {"--schema-only", "--section=post-data", "--verbose", "--file=-", NULL};
	static const char *const values[] = {"--data-only", "--verbose", "--file=-", NULL};
	struct toc_script script;
	struct names rest = {0};
	char *text;

	if (!pg_restore_text(&job->call, list, NULL, &text, err))
		return false;
	job->lines = toc_lines(job->arena, text);
	for (size_t i = 0; i < job->lines.count; i++) {
		const char *line = job->lines.items[i];
		bool rows = toc_line_is(line, "TABLE DATA"), large = toc_line_is(line, "BLOBS");

		names_add(job->arena, rows ? &job->tables : large ? &job->contents : &rest, line);
	}
	if (!read_part(job, before, NULL, PASS_TABLES, &script, err)
	    || !read_part(job, values, &rest, PASS_VALUES, &script, err)
	    || !read_part(job, after, NULL, PASS_OBJECTS, &script, err) || !check_entries(job, err))
		return false;
	job->left->encoding = encoding_of(job->arena, script.preamble);
	job->preamble = script.preamble;
	return true;
}

/* Not before there is something to do for them: a server may end sessions that are idle. */
MUST_CHECK static bool open_sessions(struct job *job, struct error *err)
{
	const struct restore *restore = job->restore;

	return crew_open(&job->load.crew, (size_t)job->call.jobs, restore->conninfo,
		   session_host(restore->session), err)
	       && load_prepare(&job->load, job->preamble, err);
}

static const char *path_of(const struct job *job)
{
	const char *path = job->manifest->search_path;

	return path != NULL ? path : "public";
}

/* All of a pass, and what failed once more, by the search_path. */
MUST_CHECK static bool run_pass(struct job *job, enum pass pass, struct error *err)
{
	const struct statements *some = &job->passes[pass];

	return load_run(&job->load, some->items, some->count, err)
	       && load_again(&job->load, path_of(job), some->items, some->count, err);
}

MUST_CHECK static bool make_tables(struct job *job, struct error *err)
{
	const struct statements *some = &job->passes[PASS_TABLES];

	return run_pass(job, PASS_TABLES, err)
	       && lesser_make(&job->load, some->items, some->count, job->left, err)
	       && load_again(&job->load, path_of(job), some->items, some->count, err)
	       && pinned_set(load_session(&job->load), job->arena, job->manifest->search_path,
		   &job->pinned, err);
}

MUST_CHECK static bool restore_rows(struct job *job, struct error *err)
{
	struct names rows = job->manifest->rows;
	const struct refill refill = {
	    .arena = job->arena,
	    .load = &job->load,
	    .call = &job->call,
	    .lines = &job->lines,
	    .search_path = path_of(job),
	};
	bool whole;

	if (!job->manifest->counted && !verify_read(&job->call, &rows, err))
		return false;
	return tally_start(&job->load, &rows, &job->tallies, err)
	       && (job->tables.count == 0 || pg_restore_into(&job->call, &job->tables, &whole, err))
	       && tally_count(&job->load, &job->tallies, err)
	       && refill_run(&refill, &job->tallies, &job->off, err);
}

/* Names the first tables that lack rows. */
MUST_CHECK static bool check_rows(struct job *job, struct error *err)
{
	struct text detail = {.arena = job->arena};
	size_t count = 0;

	for (size_t i = 0; i < job->tallies.count; i++) {
		const struct tally *tally = &job->tallies.items[i];

		if (!tally_differs(tally))
			continue;
		text_printf(&detail, "%s%s has %lld of %lld rows%s%s", count++ > 0 ? "\n" : "",
		    tally->table, tally->found - tally->before, tally->rows,
		    tally->reason != NULL ? ": " : "", tally->reason != NULL ? tally->reason : "");
	}
	if (count == 0)
		return true;
	error_set(err, STATUS_BACKUP, "rows of %s cannot be restored",
	    text_count(job->arena, count, "table"));
	return error_detail(err, "%s", text_string(&detail));
}

/* What is not a grant, an owner or a comment is data. */
static bool is_value(const struct toc_statement *statement)
{
	return text_starts(statement->sql, "SELECT ");
}

MUST_CHECK static bool restore_values(struct job *job, struct error *err)
{
	const struct statements *some = &job->passes[PASS_VALUES];
	bool whole = true;

	if (!run_pass(job, PASS_VALUES, err))
		return false;
	for (size_t i = 0; i < some->count; i++)
		if (!some->items[i]->done && is_value(some->items[i]))
			return error_set(err, STATUS_BACKUP, "%s %s cannot be restored: %s",
			    some->items[i]->entry->type, some->items[i]->entry->name,
			    some->items[i]->reason);
	if (job->contents.count > 0 && !pg_restore_into(&job->call, &job->contents, &whole, err))
		return false;
	return whole || error_prefix(err, "large objects cannot be restored");
}

/* The checks that stood in the way, as far as the rows pass them now. */
MUST_CHECK static bool check_again(struct job *job, struct error *err)
{
	struct session *session = load_session(&job->load);

	if (!checks_add(session, &job->off, err))
		return false;
	for (size_t i = 0; i < job->off.add.count; i++) {
		struct error why = {0};
		struct left_out_item item = {.type = "CHECK CONSTRAINT"};

		if (session_run(session, job->off.validate.items[i], &why))
			continue;
		if (!load_goes_on(&job->load, 0, err))
			return false;
		item.name = job->off.name.items[i];
		left_out_why(&item, arena_printf(job->arena, "it is NOT VALID: %s", why.message),
		    why.sqlstate);
		item.sql = arena_printf(job->arena, "%s;\n", job->off.validate.items[i]);
		left_out_add(job->arena, job->left, &item);
	}
	return true;
}

/* Each pass may have made what an earlier one lacked. */
MUST_CHECK static bool make_rest(struct job *job, struct error *err)
{
	if (!run_pass(job, PASS_OBJECTS, err) || !check_again(job, err)
	    || !run_pass(job, PASS_GRANTS, err) || !run_pass(job, PASS_LAST, err))
		return false;
	for (enum pass pass = 0; pass < PASS_EVENTS; pass++)
		if (!load_again(&job->load, path_of(job), job->passes[pass].items,
			job->passes[pass].count, err))
			return false;
	return true;
}

MUST_CHECK static bool finish(struct job *job, struct error *err)
{
	struct session *session = load_session(&job->load);

	if ((job->restore->analyze && !analyze_run(&job->load, err))
	    || !pinned_reset(session, job->arena, &job->pinned, err)
	    || !unsubscribe_detach(session, job->arena, err) || !run_pass(job, PASS_EVENTS, err))
		return false;
	for (enum pass pass = 0; pass < PASSES; pass++)
		left_out_collect(
		    job->arena, job->left, job->passes[pass].items, job->passes[pass].count);
	return true;
}

static bool explain(struct error *err)
{
	err->status = STATUS_BACKUP;
	return error_prefix(err, "restore failed");
}

bool restore_archive(struct arena *arena, const struct restore *restore,
    const struct manifest *manifest, struct left_out *left, struct error *err)
{
	struct job job = {
	    .arena = arena,
	    .restore = restore,
	    .manifest = manifest,
	    .call = {
	        .arena = arena,
	        .tool = restore->pg_restore,
	        .archive = manifest->archive,
	        .no_owner = restore->no_owner,
	        .no_privileges = restore->no_privileges,
	        .no_subscriptions = restore->no_subscriptions,
	        .by = restore->by,
	        .jobs = dump_jobs(restore->jobs),
	        .conninfo = restore->conninfo,
	        .session = restore->session,
	    },
	    .load = {.arena = arena, .by = restore->by},
	    .left = left,
	};
	bool done;

	*left = (struct left_out){0};
	done = read_archive(&job, err) && open_sessions(&job, err) && make_tables(&job, err)
	       && restore_rows(&job, err) && check_rows(&job, err) && restore_values(&job, err)
	       && make_rest(&job, err) && finish(&job, err);
	crew_close(&job.load.crew);
	return done || (stop_signal() == 0 && explain(err));
}
