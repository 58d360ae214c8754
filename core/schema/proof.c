#include "core/schema/proof.h"

#include <string.h>

#include "core/base/stop.h"
#include "core/pg/scan.h"
#include "core/schema/describe.h"
#include "core/schema/kind.h"

/* Sent at a time; see load.c. */
#define STATEMENTS_A_TRANSACTION 100

#define EVENT_TRIGGERS_SETTING_SINCE 170000

struct trying {
	struct arena *arena;
	struct shadow *shadow;
	const struct scope *scope;
	const struct proof_sides *sides;
	struct proof *proof;
	struct model
	    base; /* the target as the server makes it: a kept view has other types by now */
};

static bool is_over(const struct trying *trying)
{
	return trying->proof->untried != NULL || trying->proof->wrong.count > 0
	       || trying->proof->unfit != NULL;
}

/* Only a stop is an error here; whatever else the server says is a reason not to know. */
MUST_CHECK static bool give_up(struct trying *trying, const struct error *why, struct error *err)
{
	if (stop_signal() != 0) {
		*err = *why;
		return false;
	}
	trying->proof->untried = arena_strdup(trying->arena, why->message);
	return true;
}

/* The server or the role is at fault, and not the statement. */
static bool is_circumstance(const struct trying *trying, const struct error *why)
{
	static const char *const classes[] = {"08", "42501", "53", "57", "58"};

	for (size_t i = 0; i < COUNT(classes); i++)
		if (text_starts(why->sqlstate, classes[i]))
			return true;
	return stop_signal() != 0 || session_lost(trying->shadow->session)
	       || trying->proof->why != NULL;
}

static struct names statements_of(struct arena *arena, const char *sql)
{
	struct scan scan = scan_start("", sql, strlen(sql), 1);
	struct names statements = {0};
	struct statement statement;
	struct error ignored;

	while (scan_next(&scan, &statement, &ignored) && statement.sql != NULL)
		names_add(
		    arena, &statements, arena_strndup(arena, statement.sql, statement.length));
	return statements;
}

/* One transaction. */
MUST_CHECK static bool run_together(struct trying *trying, const struct names *statements,
    size_t first, size_t count, struct error *err)
{
	struct query *queries = arena_array(trying->arena, count + 2, sizeof(*queries));
	struct session *session = trying->shadow->session;

	queries[0] = (struct query){.sql = "BEGIN", .expect = -1};
	for (size_t i = 0; i < count; i++)
		queries[i + 1] = (struct query){.sql = statements->items[first + i], .expect = -1};
	queries[count + 1] = (struct query){.sql = "COMMIT", .expect = -1};
	if (session_pipeline(session, queries, count + 2, err))
		return true;
	session_rollback(session);
	return false;
}

/* Each by itself: what fails cannot be had. */
MUST_CHECK static bool run_singly(struct trying *trying, const struct names *statements,
    size_t first, size_t count, struct error *err)
{
	struct session *session = trying->shadow->session;

	for (size_t i = first; i < first + count; i++) {
		if (session_run(session, statements->items[i], err))
			continue;
		if (stop_signal() != 0 || session_lost(session))
			return false;
		if (trying->proof->why == NULL)
			trying->proof->why = arena_strdup(trying->arena, err->message);
	}
	return true;
}

/* What is kept. */
MUST_CHECK static bool add(struct trying *trying, const char *sql, struct error *err)
{
	struct names statements = statements_of(trying->arena, sql);

	for (size_t i = 0; i < statements.count; i += STATEMENTS_A_TRANSACTION) {
		size_t count = statements.count - i;

		if (count > STATEMENTS_A_TRANSACTION)
			count = STATEMENTS_A_TRANSACTION;
		if (!run_together(trying, &statements, i, count, err)
		    && (stop_signal() != 0 || session_lost(trying->shadow->session)
			|| !run_singly(trying, &statements, i, count, err)))
			return false;
	}
	return true;
}

static bool has_event_triggers(const struct model *model)
{
	for (size_t i = 0; i < model->count; i++)
		if (model->objects[i]->kind == kind_named("event trigger"))
			return true;
	return false;
}

/* Before 17 those stay that fire always. */
static bool fires_always(const struct model *model)
{
	for (size_t i = 0; i < model->count; i++) {
		const struct object *object = model->objects[i];
		const char *enabled = object->kind == kind_named("event trigger")
					  ? object_get(object, "enabled")
					  : NULL;

		if (enabled != NULL && strcmp(enabled, "DISABLE") != 0)
			return true;
	}
	return false;
}

MUST_CHECK static bool calm_event_triggers(struct trying *trying, struct error *err)
{
	const struct proof_sides *sides = trying->sides;
	struct session *session = trying->shadow->session;

	if (!has_event_triggers(sides->live) && !has_event_triggers(sides->target))
		return true;
	if (session_server_version(session) >= EVENT_TRIGGERS_SETTING_SINCE)
		return session_run(session, "SET event_triggers = off", err);
	if (fires_always(sides->live) || fires_always(sides->target)) {
		error_set(err, STATUS_FAILED, "an event trigger would fire in it");
		return false;
	}
	return session_run(session, "SET session_replication_role = replica", err);
}

static const char *key_of(struct arena *arena, const struct object *object)
{
	return arena_printf(arena, "%s %s", object->kind->name, object->identity);
}

static bool is_lacking(const struct trying *trying, const struct object *object)
{
	return model_find(&trying->base, object->kind, object->identity) == NULL;
}

/* A column of another type that the object uses, which lacks for no other reason; NULL: there is
 * none. */
static const struct object *find_retyped(const struct trying *trying, const struct object *object)
{
	struct edges needs = model_needs(trying->sides->target, object);
	const struct object *retyped = NULL;

	for (size_t i = 0; i < needs.count; i++) {
		const struct object *used = needs.items[i]->to, *was;

		if (is_lacking(trying, used))
			return NULL;
		was = model_find(trying->sides->old, used->kind, used->identity);
		if (used->kind == kind_named("column") && was != NULL
		    && strcmp(object_get(used, "type"), object_get(was, "type")) != 0)
			retyped = used;
	}
	return retyped;
}

/* All that is not there as it shall be, for want of what failed. */
static void note_lacking(struct trying *trying)
{
	struct arena *arena = trying->arena;
	struct proof *proof = trying->proof;
	struct changes changes = diff_models(arena, trying->sides->target, &trying->base);

	for (size_t i = 0; i < changes.count; i++) {
		const struct change *change = &changes.items[i];
		const struct object *object = change->old != NULL ? change->old : change->new;

		if (!change->found)
			continue;
		if (change->new == NULL && proof->unfit == NULL
		    && (proof->retyped = find_retyped(trying, object)) != NULL)
			proof->unfit = object;
		names_add(arena, &proof->beyond, key_of(arena, object));
		names_add(arena, &proof->lacking,
		    arena_printf(
			arena, "%s '%s'", describe_kind(object), object_shown(arena, object)));
	}
}

/* The shadow becomes what the live database shall be. */
MUST_CHECK static bool furnish(struct trying *trying, struct error *err)
{
	const struct proof_sides *sides = trying->sides;
	struct batches batches;

	if (!session_run(trying->shadow->session, "COMMIT", err)
	    || !calm_event_triggers(trying, err)
	    || !batches_make(trying->arena, sides->loaded, sides->target, false, &batches, err))
		return false;
	for (size_t i = 0; i < batches.count; i++)
		if (!add(trying, batches.items[i].up, err))
			return false;
	if (batches.count > 0
	    && !catalog_read(
		trying->shadow->session, trying->arena, trying->scope, &trying->base, err))
		return false;
	if (trying->proof->why != NULL)
		note_lacking(trying);
	return true;
}

/* The objects that a part says of itself it does not leave as they shall be. */
static void note_inexact(struct trying *trying, const char *sql)
{
	static const char mark[] = "-- inexact: ";
	struct names lines = text_lines(trying->arena, sql);

	for (size_t i = 0; i < lines.count; i++) {
		const char *colon = text_starts(lines.items[i], mark)
					? strstr(lines.items[i] + strlen(mark), ": ")
					: NULL;
		struct names named
		    = names_split(trying->arena, colon != NULL ? colon + 2 : "", ",");

		for (size_t k = 0; k < named.count; k++) {
			const char *name
			    = text_trim(trying->arena, named.items[k], strlen(named.items[k]));

			if (!names_has(&trying->proof->inexact, name))
				names_add(trying->arena, &trying->proof->inexact, name);
		}
	}
}

/* One part, as `migrate upgrade` and `downgrade` run it. */
MUST_CHECK static bool run_part(
    struct trying *trying, const struct batch *batch, bool down, struct error *err)
{
	const char *sql = down ? batch->down : batch->up;
	struct names statements = statements_of(trying->arena, sql);
	struct error why = {0};
	bool ran = true;

	note_inexact(trying, sql);
	if (!batch->online)
		ran = run_together(trying, &statements, 0, statements.count, &why);
	for (size_t i = 0; i < statements.count && batch->online && ran; i++)
		ran = session_run(trying->shadow->session, statements.items[i], &why);
	if (ran)
		return true;
	if (is_circumstance(trying, &why))
		return give_up(trying, &why, err);
	names_add(trying->arena, &trying->proof->wrong,
	    arena_printf(trying->arena, "the %s part%s fails: %s%s%s", down ? "down" : "up",
		batch->suffix, why.message, why.statement[0] != '\0' ? ": " : "", why.statement));
	return true;
}

MUST_CHECK static bool run_parts(struct trying *trying, bool down, struct error *err)
{
	const struct batches *batches = trying->sides->batches;

	for (size_t i = 0; i < batches->count && !is_over(trying); i++) {
		const struct batch *batch = &batches->items[down ? batches->count - 1 - i : i];

		if (!run_part(trying, batch, down, err))
			return false;
	}
	return true;
}

/* One way, and what has come of it. */
MUST_CHECK static bool go(struct trying *trying, bool down, const struct counters *before,
    struct model *result, struct error *err)
{
	struct session *session = trying->shadow->session;
	struct proof *proof = trying->proof;
	struct counters now;

	if (!run_parts(trying, down, err))
		return false;
	if (is_over(trying))
		return true;
	if (!catalog_read(session, trying->arena, trying->scope, result, err))
		return false;
	proof_compare(trying->arena, proof, down ? "after the way down" : "after the way up",
	    down ? trying->sides->live : &trying->base, result);
	if (before->count == 0)
		return true;
	if (!counters_read(session, trying->arena, &now, err))
		return false;
	counters_compare(trying->arena, before, &now, &proof->wrong);
	return true;
}

static bool remains(const struct change *change)
{
	return change->action == ACTION_KEEP || change->action == ACTION_ALTER;
}

/* Of rows that are lost, a sequence may begin again. */
static struct names columns_that_stay(const struct trying *trying)
{
	struct changes changes
	    = diff_models(trying->arena, trying->sides->old, trying->sides->target);
	struct names stay = {0};

	for (size_t i = 0; i < changes.count; i++) {
		const struct change *change = &changes.items[i];
		const struct object *old = change->old;

		if (old != NULL && old->kind == kind_named("column") && remains(change)
		    && old->home != NULL && remains(changes.of_old[old->home->rank]))
			names_add(trying->arena, &stay, old->identity);
	}
	return stay;
}

/* False: err says why it cannot be known. */
MUST_CHECK static bool try(struct trying *trying, struct error *err)
{
	struct session *session = trying->shadow->session;
	struct names stay = columns_that_stay(trying);
	struct counters counters
	    = counters_of_columns(trying->arena, trying->sides->counters, &stay);
	struct counters live, put;
	struct model back;

	if (!furnish(trying, err))
		return false;
	if (is_over(trying))
		return true;
	return counters_put(session, trying->arena, &counters, &live, &put, err)
	       && session_run(session, "RESET check_function_bodies", err)
	       && go(trying, true, &live, &back, err)
	       && (is_over(trying) || go(trying, false, &put, &trying->proof->result, err));
}

bool proof_try(struct arena *arena, struct shadow *shadow, const struct scope *scope,
    const struct proof_sides *sides, struct proof *proof, struct error *err)
{
	struct trying trying = {arena, shadow, scope, sides, proof, *sides->loaded};
	struct error why = {0};

	*proof = (struct proof){.known = sides->grants ? NULL : sides->old};
	return try(&trying, &why) || give_up(&trying, &why, err);
}

/* Nobody says what a new object's privileges are: default privileges may. */
static bool is_of_new(
    const struct proof *proof, const struct model *model, const struct object *grant)
{
	struct edges needs = model_needs(model, grant);

	for (size_t i = 0; i < needs.count; i++)
		if (model_find(proof->known, needs.items[i]->to->kind, needs.items[i]->to->identity)
		    == NULL)
			return true;
	return false;
}

static bool is_unasked(
    const struct proof *proof, const struct changes *changes, const struct change *change)
{
	const struct object *object = change->new != NULL ? change->new : change->old;

	/* Nobody can make an INVALID index, which a build that failed had left. */
	if (change->attributes.count == 1 && strcmp(change->attributes.items[0], "validity") == 0)
		return true;
	return proof->known != NULL && (object->kind->flags & KIND_GRANTS) != 0
	       && is_of_new(proof, change->new != NULL ? changes->new : changes->old, object);
}

/* "child.c" stands for the column, its default and its NOT NULL. */
/* No statement makes an index INVALID: it is left so. */
static bool is_left_invalid(const struct change *change)
{
	return change->old != NULL && change->new != NULL
	       && change->new->kind == kind_named("index") && change->attributes.count == 1
	       && names_has(&change->attributes, "validity");
}

static bool is_exempt(struct arena *arena, const struct proof *proof, const struct change *change)
{
	const struct object *sides[] = {change->old, change->new};

	if (is_left_invalid(change))
		return true;
	for (size_t i = 0; i < COUNT(sides); i++)
		if (sides[i] != NULL
		    && (names_has(&proof->beyond, key_of(arena, sides[i]))
			|| names_has(&proof->inexact, object_shown(arena, sides[i]))))
			return true;
	return false;
}

void proof_compare(struct arena *arena, struct proof *proof, const char *when,
    const struct model *expected, const struct model *is)
{
	struct changes changes = diff_models(arena, expected, is);
	struct names lines;

	for (size_t i = 0; i < changes.count; i++)
		if (changes.items[i].found
		    && (is_exempt(arena, proof, &changes.items[i])
			|| is_unasked(proof, &changes, &changes.items[i])))
			changes.items[i].found = false;
	lines = describe_changes(arena, &changes);
	for (size_t i = 0; i < lines.count; i++)
		names_add(
		    arena, &proof->wrong, arena_printf(arena, "%s: %s", when, lines.items[i]));
}
