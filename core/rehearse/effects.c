#include "core/rehearse/effects.h"

#include <stdlib.h>
#include <string.h>

#include "core/pg/token_match.h"
#include "core/rehearse/cluster_wide.h"
#include "core/schema/conversion.h"

#define SQL_MAX 2000 /* bytes of a statement that are kept */

/* A relation before and after a statement. */
struct pair {
	const struct effects *effects;
	const struct relation *old, *new;
	const struct relation *table; /* of an index, as it was before; NULL: none that existed */
	enum lock_mode lock;
};

/* The locks of statements that end their own transaction: those cannot be seen. */
static const struct known {
	const char *pattern;
	enum lock_mode lock;
} knowns[] = {
    {"CREATE|DROP [UNIQUE] INDEX CONCURRENTLY", LOCK_SHARE_UPDATE_EXCLUSIVE},
    {"REINDEX ... CONCURRENTLY", LOCK_SHARE_UPDATE_EXCLUSIVE},
    {"ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY", LOCK_SHARE_UPDATE_EXCLUSIVE},
    {"REINDEX", LOCK_SHARE},
    {"VACUUM|CLUSTER", LOCK_ACCESS_EXCLUSIVE},
};

static enum lock_mode known_lock(const struct statement *statement)
{
	for (size_t i = 0; i < COUNT(knowns); i++)
		if (token_match(statement->sql, statement->length, knowns[i].pattern))
			return knowns[i].lock;
	return LOCK_NONE;
}

static int compare_oids(const void *one, const void *other)
{
	long left = *(const long *)one, right = *(const long *)other;

	return (left > right) - (left < right);
}

static bool existed(const struct effects *effects, long oid)
{
	return effects->existing_count > 0
	       && bsearch(
		      &oid, effects->existing, effects->existing_count, sizeof(oid), compare_oids)
		      != NULL;
}

static void remember_existing(struct effects *effects)
{
	long *oids = arena_array(effects->arena, effects->now.count, sizeof(*oids));

	for (size_t i = 0; i < effects->now.count; i++)
		oids[i] = effects->now.items[i].oid;
	effects->existing = oids;
	effects->existing_count = effects->now.count;
}

static struct statement_effects *add_sight(struct effects *effects)
{
	effects->sights = arena_grow(effects->arena, effects->sights, effects->count,
	    &effects->capacity, sizeof(*effects->sights));
	return &effects->sights[effects->count++];
}

static struct effect *add_effect(
    struct effects *effects, const struct pair *pair, enum effect_type type)
{
	struct statement_effects *seen = &effects->sights[effects->count - 1];
	const struct relation *relation = pair->table != NULL ? pair->table : pair->old;
	struct effect *effect;

	seen->effects = arena_grow(
	    effects->arena, seen->effects, seen->count, &seen->capacity, sizeof(*seen->effects));
	effect = &seen->effects[seen->count++];
	effect->type = type;
	effect->relation = arena_strdup(effects->arena, relation->name);
	effect->kind = relation->kind;
	effect->partition = relation->parent != 0;
	effect->lock = pair->lock;
	return effect;
}

static void add_named(struct effects *effects, const struct pair *pair, enum effect_type type,
    const char *name, const char *detail)
{
	struct effect *effect = add_effect(effects, pair, type);

	effect->name = arena_strdup(effects->arena, name);
	effect->detail = arena_strdup(effects->arena, detail);
}

static void add_piece(struct effects *effects, const struct pair *pair, enum effect_type type,
    const struct piece *piece)
{
	struct effect *effect = add_effect(effects, pair, type);

	effect->piece = *piece;
	effect->name = effect->piece.name = arena_strdup(effects->arena, piece->name);
	effect->piece.type = arena_strdup(effects->arena, piece->type);
}

static struct converted converted_of(const struct piece *piece)
{
	return (struct converted){
	    .type = piece->base != NULL ? piece->base : piece->type,
	    .labels = piece->labels,
	    .domain = piece->base != NULL,
	    .checked = piece->checked,
	};
}

/* What that does to values, as core/schema has it for what it writes. */
static void add_retyped(struct effects *effects, const struct pair *pair, const struct piece *old,
    const struct piece *new)
{
	struct converted from = converted_of(old), to = converted_of(new);
	struct conversion conversion = conversion_of(&from, &to);
	struct effect *effect = add_effect(effects, pair, EFFECT_COLUMN_RETYPED);
	struct conversion_place place = {
	    .table = effect->relation,
	    .column = arena_strdup(effects->arena, new->name),
	    .type = arena_strdup(effects->arena, new->type),
	    .server = effects->server,
	};

	effect->name = place.column;
	effect->detail = arena_printf(effects->arena, "%s to %s", old->type, new->type);
	effect->loses = conversion.loses;
	effect->zoned = conversion.zoned;
	if (conversion.fails)
		effect->finds = conversion_finds(effects->arena, &from, &to, &place);
}

static void compare_column(struct effects *effects, const struct pair *pair,
    const struct piece *old, const struct piece *new)
{
	if (strcmp(old->name, new->name) != 0)
		add_named(effects, pair, EFFECT_COLUMN_RENAMED, old->name, new->name);
	if (strcmp(old->key, new->key) != 0)
		add_retyped(effects, pair, old, new);
	if (!old->strict && new->strict)
		add_piece(effects, pair, EFFECT_COLUMN_STRICT, new);
}

static void compare_pieces(struct effects *effects, const struct pair *pair)
{
	const struct relation *old = pair->old, *new = pair->new;

	for (size_t i = 0; i < old->piece_count; i++)
		if (old->pieces[i].column && relation_piece(new, true, old->pieces[i].id) == NULL)
			add_piece(effects, pair, EFFECT_COLUMN_DROPPED, &old->pieces[i]);
	for (size_t i = 0; i < new->piece_count; i++) {
		const struct piece *piece = &new->pieces[i];
		const struct piece *before = relation_piece(old, piece->column, piece->id);

		if (before == NULL)
			add_piece(effects, pair,
			    piece->column ? EFFECT_COLUMN_ADDED : EFFECT_CONSTRAINT_ADDED, piece);
		else if (piece->column)
			compare_column(effects, pair, before, piece);
	}
}

static void compare_rows(struct effects *effects, const struct pair *pair)
{
	const struct relation *old = pair->old, *new = pair->new;
	long rows = new->inserted - old->inserted + new->updated - old->updated + new->deleted
		    - old->deleted;

	if (new->scans > old->scans)
		add_effect(effects, pair, EFFECT_SCANNED);
	if (rows > 0)
		add_effect(effects, pair, EFFECT_WRITTEN)->rows = rows;
}

/* Tables, views and what is like them. */
static void compare_table(struct effects *effects, const struct pair *pair)
{
	const struct relation *old = pair->old, *new = pair->new;

	if (new->lock > old->lock)
		add_effect(effects, pair, EFFECT_LOCK);
	if (new->name == NULL) {
		add_effect(effects, pair, EFFECT_RELATION_DROPPED);
		return;
	}
	if (strcmp(old->name, new->name) != 0)
		add_named(effects, pair, EFFECT_RELATION_RENAMED, old->name, new->name);
	if (old->filenode != new->filenode && old->filenode != 0)
		add_effect(effects, pair, EFFECT_REWRITTEN);
	if (old->parent != new->parent)
		add_effect(effects, pair, new->parent != 0 ? EFFECT_ATTACHED : EFFECT_DETACHED);
	compare_rows(effects, pair);
	compare_pieces(effects, pair);
}

static void compare_index(struct effects *effects, const struct pair *pair)
{
	const struct relation *old = pair->old, *new = pair->new;

	if (new->name == NULL)
		add_named(effects, pair, EFFECT_INDEX_DROPPED, old->name, NULL);
	else if (old->filenode != new->filenode)
		add_named(effects, pair, EFFECT_INDEX_BUILT, old->name, NULL);
	if (new->name != NULL && old->valid && !new->valid)
		add_named(effects, pair, EFFECT_INDEX_INVALID, old->name, NULL);
}

/* Taken over from an index that was dropped, as ALTER TYPE does where it can. */
static bool has_filenode(const struct snapshot *snapshot, long filenode)
{
	for (size_t i = 0; i < snapshot->count; i++)
		if (snapshot->items[i].index_of != 0 && snapshot->items[i].filenode == filenode)
			return true;
	return false;
}

static void see_new_index(struct effects *effects, const struct pair *pair)
{
	const struct relation *index = pair->new;

	if (index->kind == 'i' && !has_filenode(&effects->now, index->filenode))
		add_named(effects, pair, EFFECT_INDEX_BUILT, index->name, NULL);
	if (index->kind == 'i' && !index->valid)
		add_named(effects, pair, EFFECT_INDEX_INVALID, index->name, NULL);
}

static const struct relation *table_of(
    const struct effects *effects, const struct relation *old, const struct relation *new)
{
	long oid = old != NULL && old->index_of != 0 ? old->index_of : new->index_of;

	return existed(effects, oid) ? snapshot_find(&effects->now, oid) : NULL;
}

static void compare_relation(struct effects *effects, const struct snapshot *after,
    const struct relation *new, enum lock_mode known)
{
	struct pair pair = {.old = snapshot_find(&effects->now, new->oid), .new = new};
	bool index = (pair.old != NULL && pair.old->index_of != 0) || new->index_of != 0;
	const struct relation *locked = new;

	if (pair.old != NULL && pair.old->name == NULL)
		return;
	pair.table = index ? table_of(effects, pair.old, new) : NULL;
	if (index && pair.table == NULL)
		return;
	if (index)
		locked = snapshot_find(after, pair.table->oid);
	pair.lock = locked != NULL && locked->lock > known ? locked->lock : known;
	if (index && pair.old == NULL)
		see_new_index(effects, &pair);
	else if (index)
		compare_index(effects, &pair);
	else if (pair.old != NULL && existed(effects, new->oid))
		compare_table(effects, &pair);
}

/* What is gone is not among the relations of a whole snapshot. */
static void see_gone(struct effects *effects, const struct snapshot *after, enum lock_mode known)
{
	for (size_t i = 0; i < effects->now.count; i++) {
		struct relation gone = {.oid = effects->now.items[i].oid, .lock = known};

		if (effects->now.items[i].name != NULL && snapshot_find(after, gone.oid) == NULL)
			compare_relation(effects, after, &gone, known);
	}
}

/* A lock that could not be seen is told where there is an effect. */
static void tell_known_locks(struct effects *effects, enum lock_mode known)
{
	const struct statement_effects *seen = &effects->sights[effects->count - 1];
	size_t count = seen->count;

	for (size_t i = 0; known != LOCK_NONE && i < count; i++) {
		struct relation relation
		    = {.name = seen->effects[i].relation, .kind = seen->effects[i].kind};
		const struct pair pair = {.old = &relation, .lock = known};
		bool told = false;

		for (size_t j = 0; j < seen->count; j++)
			told = told
			       || (seen->effects[j].type == EFFECT_LOCK
				   && strcmp(seen->effects[j].relation, relation.name) == 0);
		if (!told)
			add_effect(effects, &pair, EFFECT_LOCK);
	}
}

/* A whole new picture, into the memory of the one before the last. */
MUST_CHECK static bool look_around(
    struct effects *effects, struct session *session, struct snapshot *snapshot, struct error *err)
{
	struct arena *arena = &effects->memory[effects->turn ^= 1];

	arena_reset(arena);
	return snapshot_read(session, arena, true, snapshot, err);
}

/* SET TRANSACTION and its like must come before any query. */
static bool is_harmless(const struct statement *statement)
{
	return scan_kind(statement) == STATEMENT_TRANSACTION
	       || token_match(statement->sql, statement->length, "SET|RESET|SHOW");
}

static bool before(void *context, const struct step_run *run, const struct statement *statement,
    bool *leave_out, struct error *err)
{
	struct effects *effects = context;
	bool first = effects->step != run->step;

	*leave_out = cluster_wide(statement);
	effects->step = run->step;
	if (first || (!run->script.transactional && !is_harmless(statement))) {
		if (!look_around(effects, run->database->session, &effects->now, err))
			return false;
		if (first && effects->afresh)
			remember_existing(effects);
	}
	effects->began = clock_ms();
	return true;
}

static enum lock_mode strongest_held(const struct effects *effects)
{
	enum lock_mode held = LOCK_NONE;

	for (size_t i = 0; i < effects->now.count; i++)
		if (effects->now.items[i].index_of == 0 && effects->now.items[i].lock > held
		    && existed(effects, effects->now.items[i].oid))
			held = effects->now.items[i].lock;
	return held;
}

static long last_line(const struct statement *statement)
{
	long line = statement->line;

	for (size_t i = 0; i < statement->length; i++)
		line += statement->sql[i] == '\n';
	return line;
}

static void start_sight(
    struct effects *effects, const struct step_run *run, const struct statement *statement)
{
	struct statement_effects *seen = add_sight(effects);
	size_t length = statement->length < SQL_MAX ? statement->length : SQL_MAX;

	*seen = (struct statement_effects){
	    .revision = &run->step->node->revision,
	    .direction = run->step->direction,
	    .sql = arena_strndup(effects->arena, statement->sql, length),
	    .line = statement->line,
	    .last = last_line(statement),
	    .duration = (long)(clock_ms() - effects->began),
	    .apart = !run->script.transactional,
	    .held = strongest_held(effects),
	    .left_out = cluster_wide(statement),
	    .session = scan_effect(statement),
	};
}

static bool after(
    void *context, const struct step_run *run, const struct statement *statement, struct error *err)
{
	struct effects *effects = context;
	struct session *session = run->database->session;
	bool apart = !session_in_transaction(session);
	enum lock_mode known = apart ? known_lock(statement) : LOCK_NONE;
	struct snapshot seen;

	start_sight(effects, run, statement);
	if (is_harmless(statement) || cluster_wide(statement))
		return true;
	if (!(apart ? look_around(effects, session, &seen, err)
		    : snapshot_read(session, effects->now.arena, false, &seen, err)))
		return false;
	effects->sights[effects->count - 1].no_lock_timeout = seen.no_lock_timeout;
	for (size_t i = 0; i < seen.count; i++)
		compare_relation(effects, &seen, &seen.items[i], known);
	if (apart) {
		see_gone(effects, &seen, known);
		tell_known_locks(effects, known);
		effects->now = seen;
	} else {
		snapshot_merge(&effects->now, &seen);
	}
	return true;
}

bool effects_begin(struct effects *effects, struct session *session, struct error *err)
{
	if (!look_around(effects, session, &effects->now, err))
		return false;
	remember_existing(effects);
	effects->server = session_server_version(session);
	return true;
}

struct step_hooks effects_witness(struct effects *effects)
{
	return (struct step_hooks){.before = before, .after = after, .context = effects};
}

static bool guard_before(void *context, const struct step_run *run,
    const struct statement *statement, bool *leave_out, struct error *err)
{
	(void)context;
	(void)run;
	(void)err;
	*leave_out = cluster_wide(statement);
	return true;
}

static bool guard_after(
    void *context, const struct step_run *run, const struct statement *statement, struct error *err)
{
	(void)context;
	(void)run;
	(void)statement;
	(void)err;
	return true;
}

const struct step_hooks effects_guard = {.before = guard_before, .after = guard_after};

void effects_free(struct effects *effects)
{
	arena_free(&effects->memory[0]);
	arena_free(&effects->memory[1]);
}
