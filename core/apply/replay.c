#include "core/apply/replay.h"

#include <string.h>
#include <strings.h>

#include "core/base/text.h"
#include "core/pg/token_match.h"

/* A statement whose effect on the session lasts so far. */
struct mark {
	const struct statement *statement;
	struct session_effect effect;
};

struct savepoint {
	const char *name;
	size_t length, marks; /* how many there were */
};

struct walk {
	struct arena *arena;
	struct mark *marks;
	size_t count, capacity;
	struct savepoint *savepoints; /* the first one is the transaction itself */
	size_t depth, savepoint_capacity; /* depth 0: outside of one */
	unsigned prepared; /* what EXECUTE may come to hold */
};

enum control {
	NONE,
	OPEN,
	SAVE,
	RELEASE,
	COMMIT,
	COMMIT_CHAIN,
	ROLLBACK,
	ROLLBACK_CHAIN,
	ROLLBACK_TO
};

static enum control control_of(const struct statement *statement)
{
	static const struct {
		const char *pattern;
		enum control control;
	} controls[] = {
	    {"BEGIN|START", OPEN},
	    {"COMMIT|ROLLBACK PREPARED", NONE},
	    {"COMMIT|END [WORK|TRANSACTION] AND CHAIN", COMMIT_CHAIN},
	    {"COMMIT|END", COMMIT},
	    {"PREPARE TRANSACTION", COMMIT},
	    {"ROLLBACK [WORK|TRANSACTION] TO", ROLLBACK_TO},
	    {"ROLLBACK|ABORT [WORK|TRANSACTION] AND CHAIN", ROLLBACK_CHAIN},
	    {"ROLLBACK|ABORT", ROLLBACK},
	    {"SAVEPOINT", SAVE},
	    {"RELEASE", RELEASE},
	};

	for (size_t i = 0; i < COUNT(controls); i++)
		if (token_match(statement->sql, statement->length, controls[i].pattern))
			return controls[i].control;
	return NONE;
}

/* Its last word. */
static struct savepoint savepoint_of(const struct statement *statement, size_t marks)
{
	struct lexer lexer = {statement->sql, statement->sql + statement->length, 1, true};
	struct token token, last = {0};

	for (token_next(&lexer, &token); token.type != TOKEN_END; token_next(&lexer, &token))
		last = token;
	return (struct savepoint){last.at, last.length, marks};
}

static void push(struct walk *walk, struct savepoint savepoint)
{
	walk->savepoints = arena_grow(walk->arena, walk->savepoints, walk->depth,
	    &walk->savepoint_capacity, sizeof(*walk->savepoints));
	walk->savepoints[walk->depth++] = savepoint;
}

/* The place of the newest savepoint of that name; 0 if there is none. */
static size_t find(const struct walk *walk, const struct savepoint *named)
{
	size_t at = walk->depth > 0 ? walk->depth - 1 : 0;

	while (at > 0
	       && (walk->savepoints[at].length != named->length
		   || strncasecmp(walk->savepoints[at].name, named->name, named->length) != 0))
		at--;
	return at;
}

/* What was done since then, but for what a rollback leaves. */
static void undo(struct walk *walk, size_t since)
{
	size_t kept = since;

	for (size_t i = since; i < walk->count; i++)
		if (walk->marks[i].effect.stays)
			walk->marks[kept++] = walk->marks[i];
	walk->count = kept;
}

static void end(struct walk *walk, bool undone, bool chained)
{
	if (undone && walk->depth > 0)
		undo(walk, walk->savepoints[0].marks);
	walk->depth = 0;
	if (chained)
		push(walk, (struct savepoint){.marks = walk->count});
}

static void follow(struct walk *walk, enum control control, const struct statement *statement)
{
	bool names = control == SAVE || control == RELEASE || control == ROLLBACK_TO;
	struct savepoint named = {0};
	size_t at = 0;

	if (names) {
		named = savepoint_of(statement, walk->count);
		at = find(walk, &named);
	}
	switch (control) {
	case NONE: break;
	case OPEN:
		if (walk->depth == 0)
			push(walk, (struct savepoint){.marks = walk->count});
		break;
	case SAVE: push(walk, named); break;
	case RELEASE: walk->depth = at > 0 ? at : walk->depth; break;
	case ROLLBACK_TO:
		if (at > 0) {
			undo(walk, walk->savepoints[at].marks);
			walk->depth = at + 1;
		}
		break;
	case COMMIT: end(walk, false, false); break;
	case COMMIT_CHAIN: end(walk, false, true); break;
	case ROLLBACK: end(walk, true, false); break;
	case ROLLBACK_CHAIN: end(walk, true, true); break;
	}
}

/* Within a transaction that may be undone yet nothing is. */
static void forget(struct walk *walk, unsigned frees)
{
	for (size_t i = 0; walk->depth == 0 && i < walk->count; i++)
		walk->marks[i].effect.holds &= ~frees;
}

/* Settings and what was prepared go; libraries stay loaded. */
static void clear(struct walk *walk)
{
	size_t kept = 0;

	for (size_t i = 0; i < walk->count; i++) {
		const struct mark *mark = &walk->marks[i];

		if (mark->effect.holds != 0
		    || token_match(mark->statement->sql, mark->statement->length, "LOAD"))
			walk->marks[kept++] = *mark;
	}
	walk->count = kept;
	walk->prepared = 0;
}

static void add_mark(
    struct walk *walk, const struct statement *statement, const struct session_effect *effect)
{
	walk->marks = arena_grow(
	    walk->arena, walk->marks, walk->count, &walk->capacity, sizeof(*walk->marks));
	walk->marks[walk->count++] = (struct mark){statement, *effect};
}

static bool starts(const struct statement *statement, const char *pattern)
{
	return token_match(statement->sql, statement->length, pattern);
}

static bool sets_role(const struct statement *statement)
{
	return starts(statement, "SET [SESSION] ROLE") || starts(statement, "RESET ROLE");
}

/* The name behind PREPARE, DEALLOCATE or DEALLOCATE PREPARE, as it is written. */
static struct token prepared_name(const struct statement *statement)
{
	struct lexer lexer = {statement->sql, statement->sql + statement->length, 1, true};
	struct token token;
	bool longer = starts(statement, "DEALLOCATE PREPARE *");

	for (int i = 0; i < 2 + longer; i++)
		token_next(&lexer, &token);
	return token;
}

/* The PREPARE whose statement it takes away again, by its place; walk->count: none is certain. */
static size_t deallocated(const struct walk *walk, const struct statement *statement)
{
	const struct token gone = prepared_name(statement);

	if (gone.type != TOKEN_WORD || token_is(&gone, "ALL"))
		return walk->count;
	for (size_t i = walk->count; i-- > 0;) {
		const struct mark *mark = &walk->marks[i];
		struct token name;

		if (!mark->effect.sets || !starts(mark->statement, "PREPARE"))
			continue;
		name = prepared_name(mark->statement);
		if (name.length == gone.length && !strncasecmp(name.at, gone.at, gone.length))
			return i;
	}
	return walk->count;
}

/* Takes out what the statement undoes of what was done before, where that is certain; in a
 * transaction, which may be undone yet, nothing is. True: there is nothing else to it. */
static bool undoes(struct walk *walk, const struct statement *statement)
{
	size_t at;

	if (walk->depth > 0)
		return false;
	if (sets_role(statement)) {
		while (walk->count > 0 && sets_role(walk->marks[walk->count - 1].statement))
			walk->count--;
		return false;
	}
	if (!starts(statement, "DEALLOCATE") || (at = deallocated(walk, statement)) == walk->count)
		return false;
	walk->count--;
	memmove(&walk->marks[at], &walk->marks[at + 1], (walk->count - at) * sizeof(*walk->marks));
	return true;
}

static void see(struct walk *walk, const struct statement *statement)
{
	struct session_effect effect = scan_effect(statement);
	static const struct session_effect sets = {.sets = true};
	static const struct statement anew[]
	    = {{.sql = "RESET ALL", .length = sizeof("RESET ALL") - 1},
		{.sql = "RESET SESSION AUTHORIZATION",
		    .length = sizeof("RESET SESSION AUTHORIZATION") - 1}};

	if (effect.sets) { /* a PREPARE may have more */
		walk->prepared |= effect.holds;
		effect.holds = 0;
	} else if (token_match(statement->sql, statement->length, "EXECUTE")) {
		effect.holds |= walk->prepared;
	}
	forget(walk, effect.frees);
	if (effect.clears) {
		clear(walk);
		add_mark(walk, &anew[0], &sets);
		add_mark(walk, &anew[1], &sets);
	} else if ((effect.sets || effect.holds != 0) && !undoes(walk, statement)) {
		add_mark(walk, statement, &effect);
	}
}

/* The last of the statements that may have drawn from a sequence whose value the rest asks for
 * before it draws from one itself; or NULL. */
static const struct statement *drawn(const struct statement *statements, size_t done, size_t count)
{
	const struct statement *last = NULL;
	bool asks = false;

	for (size_t i = done; i < count && !asks; i++) {
		asks = (scan_effect(&statements[i]).holds & HOLDS_SEQUENCE) != 0;
		if (!asks && scan_draws_sequence(&statements[i]))
			return NULL;
	}
	for (size_t i = 0; asks && i < done; i++)
		if (scan_draws_sequence(&statements[i]))
			last = &statements[i];
	return last;
}

static struct replay sum_up(const struct walk *walk)
{
	struct replay replay
	    = {.items = arena_array(walk->arena, walk->count, sizeof(*replay.items))};

	for (size_t i = 0; i < walk->count; i++) {
		const struct mark *mark = &walk->marks[i];

		if (mark->effect.holds != 0 && replay.held != NULL)
			continue;
		if (mark->effect.holds != 0) {
			replay.held = mark->statement;
			replay.what = scan_hold_name(mark->effect.holds);
		} else if (mark->effect.sets) {
			replay.items[replay.count++] = mark->statement;
		}
	}
	return replay;
}

struct replay replay_after(
    struct arena *arena, const struct statement *statements, size_t done, size_t count)
{
	struct walk walk = {.arena = arena};
	struct replay replay;

	if (done >= count)
		return (struct replay){0};
	for (size_t i = 0; i < done; i++) {
		enum control control = control_of(&statements[i]);

		follow(&walk, control, &statements[i]);
		if (control == NONE)
			see(&walk, &statements[i]);
	}
	replay = sum_up(&walk);
	if (replay.held == NULL && (replay.held = drawn(statements, done, count)) != NULL)
		replay.what = scan_hold_name(HOLDS_SEQUENCE);
	return replay;
}
