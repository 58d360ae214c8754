/* rehearse: try what is pending in a scratch database, and report what it would do to the live one.
 */
#include <string.h>

#include "cmd/answer.h"
#include "cmd/command.h"
#include "cmd/findings.h"
#include "core/base/json.h"
#include "core/pg/mask.h"
#include "core/rehearse/rehearse.h"
#include "core/revision/plan.h"
#include "core/run/backup.h"

static const char *const ways[] = {
    [BACK_NOT_TRIED] = "not tried",
    [BACK_RESTORES] = "restores",
    [BACK_MISSING] = "missing",
    [BACK_FAILS] = "fails",
    [BACK_FAILS_AFTER] = "fails after others",
    [BACK_DIFFERS] = "differs",
    [BACK_ONCE_ONLY] = "once only",
};

static bool is_rewritten(const struct effect *effect)
{
	return effect->type == EFFECT_REWRITTEN;
}

static bool is_invalid(const struct effect *effect)
{
	return effect->type == EFFECT_INDEX_INVALID;
}

static void add_effects(struct text *out, const char *key, const struct statement_effects *seen,
    bool (*wanted)(const struct effect *effect))
{
	json_open(out, key, '[');
	for (size_t i = 0; i < seen->count; i++)
		if (wanted(&seen->effects[i]))
			json_text(out, NULL,
			    seen->effects[i].name != NULL ? seen->effects[i].name
							  : seen->effects[i].relation);
	json_close(out, ']');
}

static long rows_of(const struct statement_effects *seen)
{
	long rows = 0;

	for (size_t i = 0; i < seen->count; i++)
		rows += seen->effects[i].rows;
	return rows;
}

static void add_locks(
    struct text *out, const struct rehearsal *rehearsal, const struct statement_effects *seen)
{
	json_open(out, "locks", '[');
	for (size_t i = 0; i < seen->count; i++) {
		const struct effect *effect = &seen->effects[i];
		const struct extent *extent = extent_find(&rehearsal->extents, effect->relation);

		if (effect->type != EFFECT_LOCK)
			continue;
		json_open(out, NULL, '{');
		json_text(out, "relation", effect->relation);
		json_text(out, "mode", lock_mode_name(effect->lock));
		json_text(out, "blocks", lock_mode_blocks(effect->lock));
		if (extent != NULL) {
			json_number(out, "live_bytes", extent->table + extent->indexes);
			json_number(out, "live_rows", extent->rows);
		}
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void add_statement(
    struct text *out, const struct rehearsal *rehearsal, const struct statement_effects *seen)
{
	json_open(out, NULL, '{');
	json_number(out, "line", seen->line);
	json_text(out, "statement",
	    mask_sql(out->arena, seen->sql, strlen(seen->sql), MASK_SECRETS, NULL));
	json_number(out, "ms", seen->duration);
	json_number(
	    out, "live_ms", forecast_statement(&rehearsal->roundtrips, seen, &rehearsal->extents));
	json_number(out, "rows", rows_of(seen));
	add_locks(out, rehearsal, seen);
	add_effects(out, "rewritten", seen, is_rewritten);
	add_effects(out, "invalid_indexes", seen, is_invalid);
	json_close(out, '}');
}

static void add_blocked(
    struct text *out, const struct rehearsal *rehearsal, const struct roundtrip *roundtrip)
{
	size_t count;
	const struct blocked *blocked = forecast_blocked(
	    rehearsal->arena, &rehearsal->roundtrips, roundtrip, &rehearsal->extents, &count);

	json_open(out, "blocked", '[');
	for (size_t i = 0; i < count; i++) {
		json_open(out, NULL, '{');
		json_text(out, "relation", blocked[i].lock->relation);
		json_text(out, "mode", lock_mode_name(blocked[i].lock->lock));
		json_text(out, "blocks", lock_mode_blocks(blocked[i].lock->lock));
		json_number(out, "since_line", blocked[i].since->line);
		json_number(out, "live_ms", blocked[i].duration);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void add_trial(
    struct text *out, const struct rehearsal *rehearsal, const struct roundtrip *roundtrip)
{
	const struct names lost = rehearse_lost(rehearsal, roundtrip);

	json_open(out, NULL, '{');
	json_text(out, "revision", roundtrip->node->revision.id);
	json_text(out, "file", roundtrip->node->revision.path);
	json_number(out, "up_ms", roundtrip->up);
	json_number(out, "down_ms", roundtrip->down);
	json_text(out, "failure", roundtrip->failure != NULL ? roundtrip->failure->message : NULL);
	json_open(out, "statements", '[');
	for (size_t i = 0; i < roundtrip->count; i++)
		add_statement(
		    out, rehearsal, &rehearsal->roundtrips.effects.sights[roundtrip->first + i]);
	json_close(out, ']');
	add_blocked(out, rehearsal, roundtrip);
	json_text(out, "down", ways[roundtrip->back]);
	json_text(out, "down_failure", roundtrip->why != NULL ? roundtrip->why->message : NULL);
	json_names(out, "differences", &roundtrip->differences);
	json_names(out, "lost", &lost);
	json_close(out, '}');
}

static void print_report(const struct rehearsal *rehearsal)
{
	const struct roundtrips *roundtrips = &rehearsal->roundtrips;
	struct text out = {.arena = rehearsal->arena};

	json_open(&out, NULL, '{');
	json_number(&out, "version", 1);
	json_text(&out, "data", rehearsal->data ? "all" : "none");
	json_text(&out, "skipped", rehearsal->skipped);
	json_number(&out, "restore_ms", rehearsal->fill);
	json_number(&out, "ms", rehearsal->duration);
	json_number(&out, "not_restored", (long long)roundtrips->scratch_db.missing);
	json_open(&out, "revisions", '[');
	for (size_t i = 0; i < roundtrips->count; i++)
		add_trial(&out, rehearsal, &roundtrips->items[i]);
	json_close(&out, ']');
	findings_add(&out, "findings", &rehearsal->findings);
	json_close(&out, '}');
	answer_json(text_string(&out));
}

static const char *extent_text(const struct rehearsal *rehearsal, const char *relation)
{
	const struct extent *extent = extent_find(&rehearsal->extents, relation);

	if (extent == NULL)
		return "";
	return arena_printf(rehearsal->arena, " (%s, %lld rows)",
	    text_size(rehearsal->arena, extent->table + extent->indexes), extent->rows);
}

static void print_statement(const struct rehearsal *rehearsal, const struct statement_effects *seen)
{
	struct arena *arena = rehearsal->arena;
	const char *sql = mask_sql(arena, seen->sql, strlen(seen->sql), MASK_SECRETS, NULL);
	const char *line = arena_strndup(arena, sql, strcspn(sql, "\n"));
	long live = forecast_statement(&rehearsal->roundtrips, seen, &rehearsal->extents);

	answer("  line %ld: %s\n", seen->line, text_cut(arena, line, 80));
	answer("    %s here", text_duration(arena, seen->duration));
	if (live > seen->duration)
		answer(", about %s on the live tables", text_duration(arena, live));
	if (rows_of(seen) > 0)
		answer(", %ld rows written", rows_of(seen));
	answer_clean("\n");
	for (size_t i = 0; i < seen->count; i++) {
		const struct effect *effect = &seen->effects[i];

		if (effect->type == EFFECT_LOCK && effect->lock > LOCK_ACCESS_SHARE)
			answer("    locks %s in %s mode%s\n", effect->relation,
			    lock_mode_name(effect->lock), extent_text(rehearsal, effect->relation));
		if (effect->type == EFFECT_REWRITTEN)
			answer("    rewrites %s\n", effect->relation);
		if (effect->type == EFFECT_INDEX_INVALID)
			answer("    leaves the index %s invalid\n", effect->name);
	}
}

static void print_blocked(const struct rehearsal *rehearsal, const struct roundtrip *roundtrip)
{
	size_t count;
	const struct blocked *blocked = forecast_blocked(
	    rehearsal->arena, &rehearsal->roundtrips, roundtrip, &rehearsal->extents, &count);

	for (size_t i = 0; i < count; i++)
		answer("  In production: %s of %s for about %s, from line %ld on\n",
		    lock_mode_blocks(blocked[i].lock->lock), blocked[i].lock->relation,
		    text_duration(rehearsal->arena, blocked[i].duration), blocked[i].since->line);
}

static void print_back(const struct rehearsal *rehearsal, const struct roundtrip *roundtrip)
{
	static const char *const said[] = {
	    [BACK_RESTORES] = "restores the schema, and the migration can be applied again",
	    [BACK_MISSING] = "there is none: the migration cannot be reverted",
	    [BACK_FAILS] = "FAILS",
	    [BACK_FAILS_AFTER] = "FAILS after the later revisions have been reverted",
	    [BACK_DIFFERS] = "leaves the schema CHANGED",
	    [BACK_ONCE_ONLY] = "succeeds, but then the migration cannot be APPLIED AGAIN",
	};
	struct names lost = rehearse_lost(rehearsal, roundtrip);

	for (size_t i = 0; i < lost.count; i++)
		answer("  Cannot be undone: %s\n", lost.items[i]);
	if (roundtrip->back == BACK_NOT_TRIED)
		return;
	answer("  Down: %s%s%s\n", said[roundtrip->back], roundtrip->why != NULL ? ": " : "",
	    roundtrip->why != NULL ? roundtrip->why->message : "");
	for (size_t i = 0; i < roundtrip->differences.count; i++)
		answer("    %s\n", roundtrip->differences.items[i]);
}

static void print_text(const struct rehearsal *rehearsal)
{
	const struct roundtrips *roundtrips = &rehearsal->roundtrips;
	struct arena *arena = rehearsal->arena;

	if (rehearsal->skipped != NULL) {
		answer("Skipped: %s\n", rehearsal->skipped);
		return;
	}
	answer("Restored %s in %s, %s tried in %s\n", rehearsal->data ? "all data" : "the schema",
	    text_duration(arena, rehearsal->fill),
	    text_count(arena, roundtrips->count, "migration"),
	    text_duration(arena, rehearsal->duration - rehearsal->fill));
	for (size_t i = 0; i < roundtrips->count; i++) {
		const struct roundtrip *roundtrip = &roundtrips->items[i];

		answer("\n%s, %s\n", roundtrip->node->revision.id,
		    revision_doc(arena, &roundtrip->node->revision));
		for (size_t j = 0; j < roundtrip->count; j++)
			print_statement(
			    rehearsal, &roundtrips->effects.sights[roundtrip->first + j]);
		print_blocked(rehearsal, roundtrip);
		print_back(rehearsal, roundtrip);
	}
	if (lint_open(&rehearsal->findings) > 0)
		answer_line("\nFindings:");
	findings_text(arena, &rehearsal->findings);
}

/* With data it is the backup that is restored. */
MUST_CHECK static bool take_backup(
    struct context *context, struct rehearsal *rehearsal, struct error *err)
{
	struct manifest *manifest = arena_alloc(context->arena, sizeof(*manifest));
	struct backup_pending pending = {0};
	struct plan plan;

	if (!rehearsal->data)
		return true;
	if (!plan_upgrade(context->arena, &context->graph, &context->database.version.heads,
		rehearsal->target, &plan, err)
	    || !backup_pending(context->arena, &plan, &pending, err)
	    || !backup_take(context->config, &context->database, &pending, manifest, err))
		return false;
	rehearsal->backup = manifest;
	return true;
}

static bool run(struct context *context, struct error *err)
{
	struct rehearsal rehearsal = {
	    .arena = context->arena,
	    .config = context->config,
	    .graph = &context->graph,
	    .target = context->arg_count > 0 ? context->args[0]
					     : config_string(context->config, SETTING_BOOT_TARGET),
	    .data = context_has(context, "data"),
	};
	struct nodes current;

	if (!context_current(context, &current, err) || !take_backup(context, &rehearsal, err)
	    || !rehearse_run(&rehearsal, &context->database, err))
		return false;
	if (context->json)
		print_report(&rehearsal);
	else
		print_text(&rehearsal);
	if (rehearsal.skipped != NULL)
		return error_set(err, STATUS_FAILED, "not rehearsed: %s", rehearsal.skipped);
	return rehearse_judge(&rehearsal, err);
}

const struct command cmd_rehearse = {
	.name = "rehearse",
	.args = "[--data] [REVISION]",
	.summary = "try what is pending in a scratch database, up, down and up again",
	.help = "The scratch database has the schema of the live one, or, with --data, all its rows, "
	        "from a backup. It is made on the same server, or on that of [rehearse] url, and "
	        "dropped at the end. The report says what each statement locks, rewrites and "
	        "reads, what that means at the live tables' size, and what cannot be undone. "
	        "Exits with 7 if a migration fails, with 9 if one cannot be reverted.",
	.examples = {
		{"migrate rehearse", "what is pending, on the schema alone"},
		{"migrate rehearse --data", "on all rows, from a backup that is taken now"},
	},
	.needs = NEED_GRAPH | NEED_DATABASE,
	.options = {
		{"data", 0, NULL, "restore all rows, too: the times are measured, not worked out"},
	},
	.max_args = 1,
	.run = run,
};
