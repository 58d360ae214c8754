#include "core/rehearse/trial.h"

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
static bool was_calm(const struct trials *trials, const struct trial *trial)
{
	for (size_t i = 0; i < trial->count; i++) {
		const char *sql = trials->lookout.sights[trial->first + i].sql;

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
	return lookout_guard.before(NULL, run, statement, leave_out, err);
}

static const struct error *keep_error(struct trials *trials, const struct error *err)
{
	struct error *kept = arena_alloc(trials->arena, sizeof(*kept));

	*kept = *err;
	return kept;
}

/* The failure is the migration's, and not the server's, the user's or the clock's. Of the server's
 * is what it has too little of: class 53, a full disk above all. */
static bool is_own(const struct trials *trials, const struct error *err)
{
	return stop_signal() == 0 && !session_lost(trials->stage.database.session)
	       && !deadline_passed(trials->stage.by) && err->status != STATUS_UNREACHABLE
	       && !text_starts(err->sqlstate, "53");
}

/* One step, as `migrate upgrade` or `downgrade` does it. `journal` NULL: the stage's own. `witness`
 * NULL: nobody looks. */
MUST_CHECK static bool take(struct trials *trials, const struct step *step,
    const struct journal *journal, const struct witness *witness, struct error *err)
{
	struct database *database = &trials->stage.database;
	struct arena scratch = {0};
	struct plan plan = {.steps = step, .count = 1};
	struct journal own;
	struct apply apply;
	bool ran = stage_goes_on(&trials->stage, err);

	if (ran && journal == NULL) {
		ran = journal_read(database->session, &scratch, &database->version, &own, err);
		journal = &own;
	}
	if (ran) {
		long left = deadline_left(trials->stage.by);

		apply = apply_from(trials->stage.config, database, &plan, journal);
		apply.witness = witness != NULL ? witness : &lookout_guard;
		apply.rehearsal = true;
		apply.lock_retry = 0;
		apply.statement_limit = left;
		ran = apply_run(&apply, database, err);
	}
	arena_free(&scratch);
	return ran;
}

/* What the live database has half done goes on here, too. NULL: nothing of that. */
static const struct journal *half_done(const struct trials *trials, const struct step *step)
{
	const struct journal_record *record
	    = trials->journal != NULL ? journal_find(trials->journal, step->node->revision.id)
				      : NULL;

	return record != NULL && record->half_done ? trials->journal : NULL;
}

MUST_CHECK static bool read_schema(
    struct trials *trials, struct around *around, struct names *lines, struct error *err)
{
	return likeness_read(trials->stage.database.session, &around->arena, lines, err);
}

/* The next keys that a row has, and had not in `before`; none without data. */
MUST_CHECK static bool read_taken(
    struct trials *trials, const struct names *before, struct names *taken, struct error *err)
{
	struct names now = {0};

	if (!trials->stage.data)
		return true;
	if (!taken_keys(trials->stage.database.session, trials->arena, &now, err))
		return error_prefix(err, "cannot see which keys come next");
	*taken = names_without(trials->arena, &now, before);
	return true;
}

static struct trial *add_trial(struct trials *trials, const struct node *node)
{
	trials->items = arena_grow(
	    trials->arena, trials->items, trials->count, &trials->capacity, sizeof(*trials->items));
	trials->items[trials->count] = (struct trial){.node = node, .first = trials->lookout.count};
	return &trials->items[trials->count++];
}

static void note_done(struct trials *trials, const struct step *step)
{
	trials->done = arena_grow(trials->arena, trials->done, trials->done_count,
	    &trials->done_capacity, sizeof(*trials->done));
	trials->done[trials->done_count++] = step;
}

bool trials_open(struct trials *trials, struct error *err)
{
	return stage_open(trials->arena, &trials->stage, err)
	       && lookout_begin(&trials->lookout, trials->stage.database.session, err);
}

/* Makes the stage anew, as the first `count` of the steps that are done leave it. */
MUST_CHECK static bool start_over(struct trials *trials, size_t count, struct error *err)
{
	log_debug("recreating the scratch database");
	stage_close(&trials->stage);
	if (!trials_open(trials, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!take(trials, trials->done[i], half_done(trials, trials->done[i]), NULL, err))
			return error_prefix(err, "replaying on a fresh scratch database");
	trials->stale = trials->tainted = false;
	return true;
}

static void compare(
    struct trials *trials, struct trial *trial, const struct names *before, const struct names *now)
{
	trial->differences = likeness_compare(trials->arena, before, now);
}

/* Down and up again. *whole: the stage is as it was after the first time up. */
MUST_CHECK static bool go_back(struct trials *trials, struct trial *trial, const struct step *up,
    struct around *around, bool *whole, struct error *err)
{
	const struct step down = reversed(up);
	bool calm = true;
	const struct witness witness
	    = {.before = note_calm, .after = lookout_guard.after, .context = &calm};
	int64_t began = clock_ms();
	struct names now, taken = {0};

	*whole = false;
	if (!take(trials, &down, NULL, &witness, err)) {
		trial->back = BACK_FAILS;
		trial->why = keep_error(trials, err);
		*whole = err->status == STATUS_ROLLED_BACK || err->status == STATUS_CONFIG;
		return is_own(trials, err);
	}
	trial->down = (long)(clock_ms() - began);
	trials->tainted |= !calm;
	if (!read_schema(trials, around, &now, err))
		return false;
	if (half_done(trials, up) == NULL) /* else nobody knows what was before */
		compare(trials, trial, &around->before, &now);
	if (!read_taken(trials, &around->taken, &taken, err))
		return false;
	for (size_t i = 0; i < taken.count; i++)
		names_add(trials->arena, &trial->differences,
		    arena_printf(trials->arena, "the next key is taken: %s", taken.items[i]));
	trial->back = trial->differences.count > 0 ? BACK_DIFFERS : BACK_RESTORES;
	if (!take(trials, up, NULL, NULL, err)) {
		trial->why = keep_error(trials, err);
		if (trial->back == BACK_RESTORES)
			trial->back = BACK_ONCE_ONLY;
		return is_own(trials, err);
	}
	if (!read_schema(trials, around, &now, err))
		return false;
	*whole = trial->back == BACK_RESTORES
		 && likeness_compare(&around->arena, &around->after, &now).count == 0;
	if (*whole || trial->back != BACK_RESTORES)
		return true;
	trial->back = BACK_ONCE_ONLY;
	compare(trials, trial, &around->after, &now);
	return true;
}

/* Up for the first time; false: not by the migration's fault. *ran: it went through. */
MUST_CHECK static bool go_up(struct trials *trials, const struct step *step, struct trial *trial,
    bool *ran, struct error *err)
{
	const struct witness witness = lookout_witness(&trials->lookout);
	int64_t began = clock_ms();

	trials->lookout.step = NULL;
	*ran = take(trials, step, half_done(trials, step), &witness, err);
	trial->up = (long)(clock_ms() - began);
	trial->count = trials->lookout.count - trial->first;
	if (*ran)
		return true;
	trial->failure = keep_error(trials, err);
	return is_own(trials, err);
}

/* Up, and what follows from that: its way back, unless more is to come that its rows matter to. */
MUST_CHECK static bool try(
    struct trials *trials, const struct step *step, bool last, bool *ran, struct error *err)
{
	struct trial *trial = add_trial(trials, step->node);
	struct around around = {{0}, {0}, {0}, {0}};
	bool good = read_schema(trials, &around, &around.before, err)
		    && read_taken(trials, &(struct names){0}, &around.taken, err)
		    && go_up(trials, step, trial, ran, err)
		    && (!*ran || read_taken(trials, &around.taken, &trial->taken, err));
	bool whole = true, calm = was_calm(trials, trial);

	if (good && *ran && !step->node->revision.down.present) {
		trial->back = BACK_MISSING;
	} else if (good && *ran && !calm && !last) {
		trial->put_off = true;
	} else if (good && *ran) {
		good = read_schema(trials, &around, &around.after, err)
		       && go_back(trials, trial, step, &around, &whole, err);
		trials->tainted |= !calm;
	}
	trials->stale |= !whole;
	arena_free(&around.arena);
	return good;
}

/* One step of the plan, *ran as above. What a way back has changed does not reach it. */
MUST_CHECK static bool go_on(
    struct trials *trials, const struct step *step, bool last, bool *ran, struct error *err)
{
	if ((trials->stale || trials->tainted) && !start_over(trials, trials->done_count, err))
		return false;
	if (!try(trials, step, last, ran, err))
		return false;
	note_done(trials, step);
	return true;
}

/* One that is only applied. */
MUST_CHECK static bool pass(struct trials *trials, const struct step *step, struct error *err)
{
	if ((trials->stale || trials->tainted) && !start_over(trials, trials->done_count, err))
		return false;
	if (!take(trials, step, half_done(trials, step), NULL, err))
		return false;
	note_done(trials, step);
	return true;
}

bool trials_run(struct trials *trials, const char *target, const bool *watched, struct error *err)
{
	struct plan plan;
	bool good, ran = true;

	good = (!trials->stale || start_over(trials, trials->done_count, err))
	       && plan_upgrade(trials->arena, trials->graph, &trials->stage.database.version.heads,
		   target, &plan, err);
	for (size_t i = 0; good && ran && i < plan.count; i++) {
		const struct step *step = &plan.steps[i];

		good = watched == NULL || watched[step->node->index]
			   ? go_on(trials, step, i + 1 == plan.count, &ran, err)
			   : pass(trials, step, err);
	}
	return good;
}

static struct trial *trial_of(struct trials *trials, const struct node *node)
{
	for (size_t i = 0; i < trials->count; i++)
		if (trials->items[i].node == node)
			return &trials->items[i];
	return NULL;
}

bool trials_descend(struct trials *trials, struct error *err)
{
	if (trials->count < 2 || trials_failed(trials) != NULL)
		return true;
	if (trials->stale && !start_over(trials, trials->done_count, err))
		return false;
	for (size_t i = trials->done_count; i-- > 0;) {
		const struct step down = reversed(trials->done[i]);
		struct trial *trial = trial_of(trials, down.node);

		if (trial == NULL || trial->back == BACK_MISSING || trial->back == BACK_FAILS)
			break;
		if (take(trials, &down, NULL, NULL, err))
			continue;
		trial->back = BACK_FAILS_AFTER;
		trial->why = keep_error(trials, err);
		return is_own(trials, err);
	}
	return true;
}

/* The way back that was put off, of a step that is to be taken. What is known of it already, that
 * it fails once others are taken back, stays, unless there is more to say. */
MUST_CHECK static bool make_up(struct trials *trials, struct trial *trial, const struct step *step,
    bool *whole, struct error *err)
{
	const struct trial before = *trial;
	struct around around = {{0}, {0}, {0}, {0}};
	bool good = read_schema(trials, &around, &around.before, err)
		    && read_taken(trials, &(struct names){0}, &around.taken, err)
		    && take(trials, step, half_done(trials, step), NULL, err);

	trial->put_off = !good;
	good = good && read_schema(trials, &around, &around.after, err)
	       && go_back(trials, trial, step, &around, whole, err);

	if (trial->back == BACK_RESTORES && before.back == BACK_FAILS_AFTER) {
		trial->back = before.back;
		trial->why = before.why;
	}
	arena_free(&around.arena);
	return good;
}

/* It fails behind what `tainting` left when it was applied again; NULL: nothing was. */
MUST_CHECK static bool blame(struct trials *trials, struct trial *tainting, struct error *err)
{
	if (tainting == NULL || !is_own(trials, err))
		return error_prefix(err, "replaying on a fresh scratch database");
	if (tainting->back == BACK_RESTORES) {
		tainting->back = BACK_ONCE_ONLY;
		tainting->why = keep_error(trials, err);
	}
	return true;
}

static bool any_put_off(const struct trials *trials)
{
	for (size_t i = 0; i < trials->count; i++)
		if (trials->items[i].put_off)
			return true;
	return false;
}

bool trials_make_up(struct trials *trials, struct error *err)
{
	struct trial *tainting = NULL;

	if (trials_failed(trials) != NULL || !any_put_off(trials))
		return true;
	if (!start_over(trials, 0, err))
		return false;
	for (size_t i = 0; i < trials->done_count; i++) {
		const struct step *step = trials->done[i];
		struct trial *trial = trial_of(trials, step->node);
		bool put_off = trial != NULL && trial->put_off, whole = true;

		if (put_off ? make_up(trials, trial, step, &whole, err)
			    : take(trials, step, half_done(trials, step), NULL, err)) {
			tainting = put_off && whole ? trial : whole ? tainting : NULL;
			if (!whole && !start_over(trials, i + 1, err))
				return false;
			continue;
		}
		/* Once more, on what production would have. */
		if (!blame(trials, tainting, err) || !start_over(trials, i--, err))
			return false;
		tainting = NULL;
	}
	return true;
}

const struct trial *trials_failed(const struct trials *trials)
{
	const struct trial *last = trials->count > 0 ? &trials->items[trials->count - 1] : NULL;

	return last != NULL && last->failure != NULL ? last : NULL;
}

void trials_close(struct trials *trials)
{
	lookout_free(&trials->lookout);
	stage_close(&trials->stage);
}
