#include "core/rehearse/roundtrip.h"

#include <string.h>

#include "core/apply/taken_key.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/pg/token_match.h"
#include "core/rehearse/likeness.h"
#include "core/revision/plan.h"

/* The schema around one migration; freed with it. */
struct around {
	struct arena arena;
	struct names before, after;
	struct names taken; /* next keys, before */
};

static struct step reversed(const struct step *step)
{
	return (struct step){
	    .node = step->node,
	    .direction = DIRECTION_DOWN,
	    .removed = step->added,
	    .added = step->removed,
	    .from = step->to,
	    .to = step->from,
	};
}

/* Whether to run it once more, after the way back, may leave other rows than to run it once. */
static bool is_calm(const char *sql, size_t length)
{
	static const char *const calm[] = {
	    "CREATE|DROP|COMMENT|GRANT|REVOKE|REINDEX|VACUUM|ANALYZE|CLUSTER|REFRESH|LOCK",
	    "SET|RESET|SHOW|BEGIN|START|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE|ALTER",
	    "SELECT * ;", /* the idiom for a part that does nothing */
	};

	if (token_match(sql, length, "ALTER TABLE ... TYPE ... USING"))
		return false;
	for (size_t i = 0; i < COUNT(calm); i++)
		if (token_match(sql, length, calm[i]))
			return true;
	return false;
}

/* Of the up part, as it was seen. */
static bool was_calm(const struct roundtrips *roundtrips, const struct roundtrip *roundtrip)
{
	for (size_t i = 0; i < roundtrip->count; i++) {
		const char *sql = roundtrips->effects.sights[roundtrip->first + i].sql;

		if (!is_calm(sql, strlen(sql)))
			return false;
	}
	return true;
}

/* Of the down part, while it runs. */
static bool note_calm(void *context, const struct step_run *run, const struct statement *statement,
    bool *leave_out, struct error *err)
{
	bool *calm = context;

	*calm &= is_calm(statement->sql, statement->length);
	return effects_guard.before(NULL, run, statement, leave_out, err);
}

static const struct error *keep_error(struct roundtrips *roundtrips, const struct error *err)
{
	struct error *kept = arena_alloc(roundtrips->arena, sizeof(*kept));

	*kept = *err;
	return kept;
}

/* The failure is the migration's, and not the server's, the user's or the clock's. Of the server's
 * is what it has too little of: class 53, a full disk above all. */
static bool is_own(const struct roundtrips *roundtrips, const struct error *err)
{
	return stop_signal() == 0 && !session_lost(roundtrips->scratch_db.database.session)
	       && !deadline_passed(roundtrips->scratch_db.by) && err->status != STATUS_UNREACHABLE
	       && !text_starts(err->sqlstate, "53");
}

/* One step, as `migrate upgrade` or `downgrade` does it. `journal` NULL: the scratch database's
 * own. `hooks` NULL: nobody looks. */
MUST_CHECK static bool take(struct roundtrips *roundtrips, const struct step *step,
    const struct journal *journal, const struct step_hooks *hooks, struct error *err)
{
	struct database *database = &roundtrips->scratch_db.database;
	struct arena scratch = {0};
	struct plan plan = {.steps = step, .count = 1};
	struct journal own;
	struct apply apply;
	bool ran = scratch_db_goes_on(&roundtrips->scratch_db, err);

	if (ran && journal == NULL) {
		ran = journal_read(database->session, &scratch, &database->version, &own, err);
		journal = &own;
	}
	if (ran) {
		long left = deadline_left(roundtrips->scratch_db.by);

		apply = apply_from(roundtrips->scratch_db.config, database, &plan, journal);
		apply.hooks = hooks != NULL ? hooks : &effects_guard;
		apply.rehearsal = true;
		apply.lock_retry = 0;
		apply.statement_limit = left;
		ran = apply_run(&apply, database, err);
	}
	arena_free(&scratch);
	return ran;
}

/* What the live database has half done goes on here, too. NULL: nothing of that. */
static const struct journal *half_done(const struct roundtrips *roundtrips, const struct step *step)
{
	const struct journal_record *record = roundtrips->journal != NULL ? journal_find(
						  roundtrips->journal, step->node->revision.id)
									  : NULL;

	return record != NULL && record->half_done ? roundtrips->journal : NULL;
}

MUST_CHECK static bool read_schema(
    struct roundtrips *roundtrips, struct around *around, struct names *lines, struct error *err)
{
	return likeness_read(roundtrips->scratch_db.database.session, &around->arena, lines, err);
}

/* The next keys that a row has, and had not in `before`; none without data. */
MUST_CHECK static bool read_taken(struct roundtrips *roundtrips, const struct names *before,
    struct names *taken, struct error *err)
{
	struct names now = {0};

	if (!roundtrips->scratch_db.data)
		return true;
	if (!taken_keys(roundtrips->scratch_db.database.session, roundtrips->arena, &now, err))
		return error_prefix(err, "cannot see which keys come next");
	*taken = names_without(roundtrips->arena, &now, before);
	return true;
}

static struct roundtrip *add_trial(struct roundtrips *roundtrips, const struct node *node)
{
	roundtrips->items = arena_grow(roundtrips->arena, roundtrips->items, roundtrips->count,
	    &roundtrips->capacity, sizeof(*roundtrips->items));
	roundtrips->items[roundtrips->count]
	    = (struct roundtrip){.node = node, .first = roundtrips->effects.count};
	return &roundtrips->items[roundtrips->count++];
}

static void note_done(struct roundtrips *roundtrips, const struct step *step)
{
	roundtrips->done = arena_grow(roundtrips->arena, roundtrips->done, roundtrips->done_count,
	    &roundtrips->done_capacity, sizeof(*roundtrips->done));
	roundtrips->done[roundtrips->done_count++] = step;
}

bool roundtrips_open(struct roundtrips *roundtrips, struct error *err)
{
	return scratch_db_open(roundtrips->arena, &roundtrips->scratch_db, err)
	       && effects_begin(&roundtrips->effects, roundtrips->scratch_db.database.session, err);
}

/* Recreates the scratch database, as the first `count` of the steps that are done leave it. */
MUST_CHECK static bool start_over(struct roundtrips *roundtrips, size_t count, struct error *err)
{
	log_debug("recreating the scratch database");
	scratch_db_close(&roundtrips->scratch_db);
	if (!roundtrips_open(roundtrips, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!take(roundtrips, roundtrips->done[i],
			half_done(roundtrips, roundtrips->done[i]), NULL, err))
			return error_prefix(err, "replaying on a fresh scratch database");
	roundtrips->stale = roundtrips->tainted = false;
	return true;
}

static void compare(struct roundtrips *roundtrips, struct roundtrip *roundtrip,
    const struct names *before, const struct names *now)
{
	roundtrip->differences = likeness_compare(roundtrips->arena, before, now);
}

/* Down and up again. *whole: the scratch database is as it was after the first time up. */
MUST_CHECK static bool go_back(struct roundtrips *roundtrips, struct roundtrip *roundtrip,
    const struct step *up, struct around *around, bool *whole, struct error *err)
{
	const struct step down = reversed(up);
	bool calm = true;
	const struct step_hooks hooks
	    = {.before = note_calm, .after = effects_guard.after, .context = &calm};
	int64_t began = clock_ms();
	struct names now, taken = {0};

	*whole = false;
	if (!take(roundtrips, &down, NULL, &hooks, err)) {
		roundtrip->back = BACK_FAILS;
		roundtrip->why = keep_error(roundtrips, err);
		*whole = err->status == STATUS_ROLLED_BACK || err->status == STATUS_CONFIG;
		return is_own(roundtrips, err);
	}
	roundtrip->down = (long)(clock_ms() - began);
	roundtrips->tainted |= !calm;
	if (!read_schema(roundtrips, around, &now, err))
		return false;
	if (half_done(roundtrips, up) == NULL) /* else nobody knows what was before */
		compare(roundtrips, roundtrip, &around->before, &now);
	if (!read_taken(roundtrips, &around->taken, &taken, err))
		return false;
	for (size_t i = 0; i < taken.count; i++)
		names_add(roundtrips->arena, &roundtrip->differences,
		    arena_printf(roundtrips->arena, "the next key is taken: %s", taken.items[i]));
	roundtrip->back = roundtrip->differences.count > 0 ? BACK_DIFFERS : BACK_RESTORES;
	if (!take(roundtrips, up, NULL, NULL, err)) {
		roundtrip->why = keep_error(roundtrips, err);
		if (roundtrip->back == BACK_RESTORES)
			roundtrip->back = BACK_ONCE_ONLY;
		return is_own(roundtrips, err);
	}
	if (!read_schema(roundtrips, around, &now, err))
		return false;
	*whole = roundtrip->back == BACK_RESTORES
		 && likeness_compare(&around->arena, &around->after, &now).count == 0;
	if (*whole || roundtrip->back != BACK_RESTORES)
		return true;
	roundtrip->back = BACK_ONCE_ONLY;
	compare(roundtrips, roundtrip, &around->after, &now);
	return true;
}

/* Up for the first time; false: not by the migration's fault. *ran: it went through. */
MUST_CHECK static bool go_up(struct roundtrips *roundtrips, const struct step *step,
    struct roundtrip *roundtrip, bool *ran, struct error *err)
{
	const struct step_hooks hooks = effects_witness(&roundtrips->effects);
	int64_t began = clock_ms();

	roundtrips->effects.step = NULL;
	*ran = take(roundtrips, step, half_done(roundtrips, step), &hooks, err);
	roundtrip->up = (long)(clock_ms() - began);
	roundtrip->count = roundtrips->effects.count - roundtrip->first;
	if (*ran)
		return true;
	roundtrip->failure = keep_error(roundtrips, err);
	return is_own(roundtrips, err);
}

/* Up, and what follows from that: its way back, unless more is to come that its rows matter to. */
MUST_CHECK static bool try(
    struct roundtrips *roundtrips, const struct step *step, bool last, bool *ran, struct error *err)
{
	struct roundtrip *roundtrip = add_trial(roundtrips, step->node);
	struct around around = {{0}, {0}, {0}, {0}};
	bool good = read_schema(roundtrips, &around, &around.before, err)
		    && read_taken(roundtrips, &(struct names){0}, &around.taken, err)
		    && go_up(roundtrips, step, roundtrip, ran, err)
		    && (!*ran || read_taken(roundtrips, &around.taken, &roundtrip->taken, err));
	bool whole = true, calm = was_calm(roundtrips, roundtrip);

	if (good && *ran && !step->node->revision.down.present) {
		roundtrip->back = BACK_MISSING;
	} else if (good && *ran && !calm && !last) {
		roundtrip->put_off = true;
	} else if (good && *ran) {
		good = read_schema(roundtrips, &around, &around.after, err)
		       && go_back(roundtrips, roundtrip, step, &around, &whole, err);
		roundtrips->tainted |= !calm;
	}
	roundtrips->stale |= !whole;
	arena_free(&around.arena);
	return good;
}

/* One step of the plan, *ran as above. What a way back has changed does not reach it. */
MUST_CHECK static bool go_on(
    struct roundtrips *roundtrips, const struct step *step, bool last, bool *ran, struct error *err)
{
	if ((roundtrips->stale || roundtrips->tainted)
	    && !start_over(roundtrips, roundtrips->done_count, err))
		return false;
	if (!try(roundtrips, step, last, ran, err))
		return false;
	note_done(roundtrips, step);
	return true;
}

/* One that is only applied. */
MUST_CHECK static bool pass(
    struct roundtrips *roundtrips, const struct step *step, struct error *err)
{
	if ((roundtrips->stale || roundtrips->tainted)
	    && !start_over(roundtrips, roundtrips->done_count, err))
		return false;
	if (!take(roundtrips, step, half_done(roundtrips, step), NULL, err))
		return false;
	note_done(roundtrips, step);
	return true;
}

bool roundtrips_run(
    struct roundtrips *roundtrips, const char *target, const bool *watched, struct error *err)
{
	struct plan plan;
	bool good, ran = true;

	good = (!roundtrips->stale || start_over(roundtrips, roundtrips->done_count, err))
	       && plan_upgrade(roundtrips->arena, roundtrips->graph,
		   &roundtrips->scratch_db.database.version.heads, target, &plan, err);
	for (size_t i = 0; good && ran && i < plan.count; i++) {
		const struct step *step = &plan.steps[i];

		good = watched == NULL || watched[step->node->index]
			   ? go_on(roundtrips, step, i + 1 == plan.count, &ran, err)
			   : pass(roundtrips, step, err);
	}
	return good;
}

static struct roundtrip *trial_of(struct roundtrips *roundtrips, const struct node *node)
{
	for (size_t i = 0; i < roundtrips->count; i++)
		if (roundtrips->items[i].node == node)
			return &roundtrips->items[i];
	return NULL;
}

bool roundtrips_descend(struct roundtrips *roundtrips, struct error *err)
{
	if (roundtrips->count < 2 || roundtrips_failed(roundtrips) != NULL)
		return true;
	if (roundtrips->stale && !start_over(roundtrips, roundtrips->done_count, err))
		return false;
	for (size_t i = roundtrips->done_count; i-- > 0;) {
		const struct step down = reversed(roundtrips->done[i]);
		struct roundtrip *roundtrip = trial_of(roundtrips, down.node);

		if (roundtrip == NULL || roundtrip->back == BACK_MISSING
		    || roundtrip->back == BACK_FAILS)
			break;
		if (take(roundtrips, &down, NULL, NULL, err))
			continue;
		roundtrip->back = BACK_FAILS_AFTER;
		roundtrip->why = keep_error(roundtrips, err);
		return is_own(roundtrips, err);
	}
	return true;
}

/* The way back that was put off, of a step that is to be taken. What is known of it already, that
 * it fails once others are reverted, stays, unless there is more to say. */
MUST_CHECK static bool make_up(struct roundtrips *roundtrips, struct roundtrip *roundtrip,
    const struct step *step, bool *whole, struct error *err)
{
	const struct roundtrip before = *roundtrip;
	struct around around = {{0}, {0}, {0}, {0}};
	bool good = read_schema(roundtrips, &around, &around.before, err)
		    && read_taken(roundtrips, &(struct names){0}, &around.taken, err)
		    && take(roundtrips, step, half_done(roundtrips, step), NULL, err);

	roundtrip->put_off = !good;
	good = good && read_schema(roundtrips, &around, &around.after, err)
	       && go_back(roundtrips, roundtrip, step, &around, whole, err);

	if (roundtrip->back == BACK_RESTORES && before.back == BACK_FAILS_AFTER) {
		roundtrip->back = before.back;
		roundtrip->why = before.why;
	}
	arena_free(&around.arena);
	return good;
}

/* It fails behind what `tainting` left when it was applied again; NULL: nothing was. */
MUST_CHECK static bool blame(
    struct roundtrips *roundtrips, struct roundtrip *tainting, struct error *err)
{
	if (tainting == NULL || !is_own(roundtrips, err))
		return error_prefix(err, "replaying on a fresh scratch database");
	if (tainting->back == BACK_RESTORES) {
		tainting->back = BACK_ONCE_ONLY;
		tainting->why = keep_error(roundtrips, err);
	}
	return true;
}

static bool any_put_off(const struct roundtrips *roundtrips)
{
	for (size_t i = 0; i < roundtrips->count; i++)
		if (roundtrips->items[i].put_off)
			return true;
	return false;
}

bool roundtrips_make_up(struct roundtrips *roundtrips, struct error *err)
{
	struct roundtrip *tainting = NULL;

	if (roundtrips_failed(roundtrips) != NULL || !any_put_off(roundtrips))
		return true;
	if (!start_over(roundtrips, 0, err))
		return false;
	for (size_t i = 0; i < roundtrips->done_count; i++) {
		const struct step *step = roundtrips->done[i];
		struct roundtrip *roundtrip = trial_of(roundtrips, step->node);
		bool put_off = roundtrip != NULL && roundtrip->put_off, whole = true;

		if (put_off ? make_up(roundtrips, roundtrip, step, &whole, err)
			    : take(roundtrips, step, half_done(roundtrips, step), NULL, err)) {
			tainting = put_off && whole ? roundtrip : whole ? tainting : NULL;
			if (!whole && !start_over(roundtrips, i + 1, err))
				return false;
			continue;
		}
		/* Once more, on what production would have. */
		if (!blame(roundtrips, tainting, err) || !start_over(roundtrips, i--, err))
			return false;
		tainting = NULL;
	}
	return true;
}

const struct roundtrip *roundtrips_failed(const struct roundtrips *roundtrips)
{
	const struct roundtrip *last
	    = roundtrips->count > 0 ? &roundtrips->items[roundtrips->count - 1] : NULL;

	return last != NULL && last->failure != NULL ? last : NULL;
}

void roundtrips_close(struct roundtrips *roundtrips)
{
	effects_free(&roundtrips->effects);
	scratch_db_close(&roundtrips->scratch_db);
}
