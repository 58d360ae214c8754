#include "core/schema/load.h"

#include <string.h>
#include <strings.h>

#include "core/pg/scan.h"
#include "core/schema/borrow.h"
#include "core/schema/ddl.h"
#include "core/schema/kind.h"
#include "core/schema/pieces.h"
#include "core/schema/stand_in.h"

/* Sent at a time. A transaction holds a lock for each object that it makes, and the server has room
 * for so many. */
#define STATEMENTS_A_TRANSACTION 100

#define SAVEPOINT "SAVEPOINT migrate_load"
#define RELEASE "RELEASE SAVEPOINT migrate_load"
#define BACK "ROLLBACK TO SAVEPOINT migrate_load"

#define HINT_URL "Give it an empty database that has it: [models] shadow_url."

/* One that is run by itself. */
struct attempt {
	struct query query;
	const struct models_part *part; /* NULL: it is borrowed */
	bool done;
	struct error *why; /* it failed last time; NULL: it has not been run */
};

struct load {
	struct arena *arena;
	struct arena batch; /* of what is sent next */
	struct shadow *shadow;
	const struct load_source *source;
	struct adoption *adoption;
	struct query queries[STATEMENTS_A_TRANSACTION + 3];
	const struct models_part *parts[STATEMENTS_A_TRANSACTION];
	size_t count;
	struct names missing; /* extensions, and why */
	bool careful; /* each by itself */
	struct attempt *attempts;
	size_t attempt_count, attempt_capacity;
	size_t uncommitted;
};

/* CREATE INDEX CONCURRENTLY cannot run in a transaction, and need not in here. */
static void blank_concurrently(char *sql)
{
	static const char word[] = "CONCURRENTLY";

	for (; *sql != '\0'; sql++)
		if (strncasecmp(sql, word, strlen(word)) == 0) {
			memset(sql, ' ', strlen(word));
			return;
		}
}

static struct query to_query(
    struct arena *arena, const char *path, const struct statement *statement)
{
	char *sql = arena_strndup(arena, statement->sql, statement->length);

	if (scan_kind(statement) == STATEMENT_NO_TRANSACTION)
		blank_concurrently(sql);
	return (struct query){.sql = sql, .expect = -1, .file = path, .line = statement->line};
}

static struct query plain(const char *sql)
{
	return (struct query){.sql = sql, .expect = -1};
}

static bool refuse_models(struct error *err)
{
	if (err->sqlstate[0] != '\0') {
		err->status = STATUS_CONFIG;
		error_prefix(err, "the models cannot be loaded");
	}
	return false;
}

/* *why says why not, where it is the server that says no. */
MUST_CHECK static bool run_one(
    struct load *load, const struct query *query, bool *done, struct error *why, struct error *err)
{
	const struct query queries[] = {plain(SAVEPOINT), *query, plain(RELEASE)};
	struct session *session = load->shadow->session;

	*done = session_pipeline(session, queries, COUNT(queries), why);
	if (*done)
		return true;
	if (why->sqlstate[0] != '\0')
		return session_run(session, BACK, err);
	*err = *why;
	return false;
}

MUST_CHECK static bool attempt(struct load *load, struct attempt *attempt, struct error *err)
{
	struct error why = {0};

	if (!run_one(load, &attempt->query, &attempt->done, &why, err))
		return false;
	if (!attempt->done) {
		if (attempt->why == NULL)
			attempt->why = arena_alloc(load->arena, sizeof(why));
		*attempt->why = why;
		return true;
	}
	if (load->shadow->database == NULL || ++load->uncommitted < STATEMENTS_A_TRANSACTION)
		return true;
	load->uncommitted = 0;
	return session_run(load->shadow->session, "COMMIT; BEGIN", err);
}

static struct attempt *add_attempt(
    struct load *load, const struct query *query, const struct models_part *part)
{
	struct attempt *added;

	load->attempts = arena_grow(load->arena, load->attempts, load->attempt_count,
	    &load->attempt_capacity, sizeof(*load->attempts));
	added = &load->attempts[load->attempt_count++];
	*added = (struct attempt){.query = *query, .part = part};
	return added;
}

/* The batch failed: what is in it, and all that comes later, is run by itself. */
MUST_CHECK static bool be_careful(struct load *load, struct error *err)
{
	load->careful = true;
	if (!session_run(load->shadow->session, BACK, err))
		return false;
	for (size_t i = 0; i < load->count; i++) {
		struct query query = load->queries[i + 1];

		query.sql = arena_strdup(load->arena, query.sql);
		if (!attempt(load, add_attempt(load, &query, load->parts[i]), err))
			return false;
	}
	return true;
}

/* queries[0] is for the savepoint. */
MUST_CHECK static bool send(struct load *load, struct error *err)
{
	size_t count = load->count + 1;
	bool sent;

	load->queries[0] = plain(SAVEPOINT);
	if (load->shadow->database != NULL) {
		load->queries[count++] = plain("COMMIT");
		load->queries[count++] = plain("BEGIN");
	} else {
		load->queries[count++] = plain(RELEASE);
	}
	sent = session_pipeline(load->shadow->session, load->queries, count, err);
	if (!sent && err->sqlstate[0] != '\0' && load->source->models->partial)
		sent = be_careful(load, err);
	load->count = 0;
	arena_reset(&load->batch);
	return sent || refuse_models(err);
}

MUST_CHECK static bool add(struct load *load, const struct models_part *part,
    const struct statement *statement, struct error *err)
{
	struct query query
	    = to_query(load->careful ? load->arena : &load->batch, part->path, statement);

	if (load->careful)
		return attempt(load, add_attempt(load, &query, part), err);
	load->parts[load->count++] = part;
	load->queries[load->count] = query;
	return load->count < STATEMENTS_A_TRANSACTION || send(load, err);
}

MUST_CHECK static bool load_part(
    struct load *load, const struct models_part *part, struct error *err)
{
	struct scan scan = scan_start(part->path, part->sql, part->length, 1);

	for (;;) {
		struct statement statement;

		if (!scan_next(&scan, &statement, err))
			return false;
		if (statement.sql == NULL)
			return true;
		/* Rows are no part of a schema. */
		if (scan_kind(&statement) == STATEMENT_TRANSACTION || statement.data != NULL)
			continue;
		if (!add(load, part, &statement, err))
			return false;
	}
}

static size_t left(const struct load *load)
{
	size_t count = 0;

	for (size_t i = 0; i < load->attempt_count; i++)
		count += !load->attempts[i].done && load->attempts[i].part != NULL;
	return count;
}

/* Those that failed, as long as one more succeeds each time. */
MUST_CHECK static bool try_again(struct load *load, struct error *err)
{
	for (bool again = true; again && left(load) > 0;) {
		again = false;
		for (size_t i = 0; i < load->attempt_count; i++) {
			struct attempt *each = &load->attempts[i];

			if (each->done)
				continue;
			if (!attempt(load, each, err))
				return false;
			again = again || each->done;
		}
	}
	return true;
}

/* The catalog as it is by now; the search_path stays. */
MUST_CHECK static bool look(struct load *load, struct model *model, struct error *err)
{
	struct session *session = load->shadow->session;
	struct scope scope
	    = stand_in_scope(load->arena, load->shadow, load->source->models, load->source->scope);

	return session_run(session, SAVEPOINT, err)
	       && catalog_read(session, load->arena, &scope, model, err)
	       && session_run(session, BACK, err);
}

static struct borrow what_is_left(struct load *load, const struct model *model)
{
	struct borrow borrow = {
	    .live = load->source->live,
	    .shadow = model,
	    .schema = load->shadow->current,
	};

	for (size_t i = 0; i < load->attempt_count; i++)
		if (!load->attempts[i].done)
			names_add(load->arena, &borrow.statements,
			    stand_in_translate(load->arena, load->shadow, load->source->models,
				load->attempts[i].query.sql, false));
	return borrow;
}

/* Before the models' own. */
static void add_borrowed(struct load *load, const char *sql)
{
	struct scan scan = scan_start("", sql, strlen(sql), 1);
	struct attempt *models = load->attempts;
	size_t count = load->attempt_count;
	struct statement statement;
	struct error ignored;

	load->attempts = NULL;
	load->attempt_count = load->attempt_capacity = 0;
	while (scan_next(&scan, &statement, &ignored) && statement.sql != NULL) {
		struct query query = to_query(load->arena, NULL, &statement);

		add_attempt(load, &query, NULL);
	}
	for (size_t i = 0; i < count; i++)
		*add_attempt(load, &models[i].query, models[i].part) = models[i];
}

MUST_CHECK static bool borrow(struct load *load, struct error *err)
{
	struct model model, with;
	struct borrow borrow;
	struct changes changes;
	struct error ignored;
	const char *sql;

	if (left(load) == 0)
		return true;
	if (!look(load, &model, err))
		return false;
	borrow = what_is_left(load, &model);
	with = borrow_model(load->arena, &borrow, load->adoption);
	changes = diff_models(load->arena, &model, &with);
	if (!ddl_write(load->arena, &changes, &(struct ddl_style){0}, &sql, &ignored))
		return true;
	add_borrowed(
	    load, stand_in_translate(load->arena, load->shadow, load->source->models, sql, true));
	return try_again(load, err);
}

/* What a piece or a statement makes, as it is called in the catalog. */
static const char *full_name(const struct load *load, const char *name)
{
	return name[0] == '.' ? arena_printf(load->arena, "%s%s", load->shadow->current, name)
			      : name;
}

static const struct kind *kind_called(const char *name)
{
	for (size_t i = 0; i < schema_kind_count; i++)
		if (strcmp(schema_kinds[i]->name, name) == 0)
			return schema_kinds[i];
	return NULL;
}

/* Whether the live database has it, so that it can stay as it is there. */
static bool leave(
    struct load *load, const char *kind_name, const char *name, const struct error *why)
{
	const struct kind *kind = kind_called(kind_name);
	struct adopted item = {.kind = kind, .why = arena_strdup(load->arena, why->message)};

	if (kind == NULL || name == NULL)
		return false;
	item.identity = full_name(load, name);
	if (adopt_find(load->source->live, kind, item.identity) == NULL)
		return false;
	adoption_add(load->arena, load->adoption, &item);
	return true;
}

/* Tries the statement without what is out, and takes it back. */
MUST_CHECK static bool try_pieces(
    struct load *load, const struct query *query, bool *done, struct error *why, struct error *err)
{
	struct session *session = load->shadow->session;

	return session_run(session, "SAVEPOINT migrate_pieces", err)
	       && run_one(load, query, done, why, err)
	       && session_run(session, "ROLLBACK TO SAVEPOINT migrate_pieces", err);
}

/* Finds as many of the statement's pieces as the server takes, and says which it does not. */
MUST_CHECK static bool reduce(struct load *load, struct attempt *each, struct error *err)
{
	const struct models_part *part = each->part;
	struct piece *pieces = pieces_of(load->arena, part);
	struct query query = each->query;

	for (size_t i = 0; i <= part->pieces.count; i++) {
		struct piece *piece = i > 0 ? &pieces[i - 1] : NULL;
		struct error why = {0};
		bool done;

		if (piece != NULL)
			piece->out = false;
		query.sql = pieces_without(load->arena, part, pieces);
		if (!try_pieces(load, &query, &done, &why, err))
			return false;
		if (done)
			continue;
		if (piece == NULL || !leave(load, piece->kind, piece->name, &why))
			return true;
		piece->out = true;
	}
	each->query.sql = pieces_without(load->arena, part, pieces);
	return true;
}

MUST_CHECK static bool reduce_all(struct load *load, struct error *err)
{
	for (size_t i = 0; i < load->attempt_count; i++) {
		struct attempt *each = &load->attempts[i];

		if (!each->done && each->part != NULL && each->part->pieces.count > 0
		    && !reduce(load, each, err))
			return false;
	}
	return try_again(load, err);
}

/* What could not be had: something borrowed that was refused itself, or an extension; a line each.
 */
static const char *lacked(const struct load *load)
{
	struct text why = {.arena = load->arena};

	for (size_t i = 0; i < load->missing.count; i++)
		text_printf(&why, "\n%s", load->missing.items[i]);
	for (size_t i = 0; i < load->attempt_count; i++) {
		const struct attempt *each = &load->attempts[i];

		if (!each->done && each->part == NULL)
			text_printf(&why, "\n%.*s: %s", (int)strcspn(each->query.sql, "\n"),
			    each->query.sql, each->why->message);
	}
	return text_string(&why);
}

/* The first of the models' statements that failed for want of something. */
static const struct attempt *wanting(const struct load *load)
{
	static const char *const undefined[]
	    = {"42P01", "42703", "42704", "42883", "3F000", "42804", "42830"};

	for (size_t i = 0; i < load->attempt_count; i++) {
		const struct attempt *each = &load->attempts[i];

		for (size_t k = 0; k < COUNT(undefined) && !each->done && each->part != NULL; k++)
			if (strcmp(each->why->sqlstate, undefined[k]) == 0)
				return each;
	}
	return NULL;
}

static bool refuse(struct load *load, const struct attempt *attempt, struct error *err)
{
	const char *why = lacked(load);

	*err = *attempt->why;
	if (*why != '\0') {
		load->shadow->lacking = true;
		error_detail(err, "not to be had of the database:%s", why);
		error_hint(err, "%s", HINT_URL);
	}
	return refuse_models(err);
}

/* What the server refuses for good can stay as the live database has it. */
MUST_CHECK static bool leave_rest(struct load *load, struct error *err)
{
	for (size_t i = 0; i < load->attempt_count; i++) {
		const struct attempt *each = &load->attempts[i];

		if (!each->done && each->part != NULL
		    && (each->part->kind == NULL
			|| !leave(load, each->part->kind, each->part->name, each->why)))
			return refuse(load, each, err);
	}
	return true;
}

MUST_CHECK static bool finish(struct load *load, struct error *err)
{
	const struct attempt *first;

	if (!try_again(load, err) || !borrow(load, err))
		return false;
	first = wanting(load);
	if (first != NULL && *lacked(load) != '\0')
		return refuse(load, first, err);
	return left(load) == 0 || (reduce_all(load, err) && leave_rest(load, err));
}

/* "table .users" */
static void add_left(struct load *load)
{
	const struct names *names = &load->source->models->left;

	for (size_t i = 0; i < names->count; i++) {
		size_t length = strcspn(names->items[i], " ");
		const struct kind *kind
		    = kind_called(arena_strndup(load->arena, names->items[i], length));

		adoption_add(load->arena, load->adoption,
		    &(struct adopted){
			kind, full_name(load, names->items[i] + length + 1), .why = NULL});
	}
}

MUST_CHECK static bool load_all(struct load *load, struct error *err)
{
	struct models *models = load->source->models;

	if (models->partial && !shadow_furnish(load->arena, load->shadow, &load->missing, err))
		return false;
	for (;;) {
		struct models_part *part = arena_alloc(load->arena, sizeof(*part));

		if (!models_next(load->arena, models, part, err))
			return false;
		if (part->sql == NULL)
			break;
		if (load->shadow->schema != NULL)
			names_add(load->arena, load->source->said, part->sql);
		if (!load_part(load, part, err))
			return false;
	}
	return (load->count == 0 || send(load, err)) && finish(load, err);
}

bool load_models(struct arena *arena, struct shadow *shadow, const struct load_source *source,
    struct adoption *adoption, struct error *err)
{
	struct load load
	    = {.arena = arena, .shadow = shadow, .source = source, .adoption = adoption};
	bool ok = load_all(&load, err);

	if (ok)
		add_left(&load);
	arena_free(&load.batch);
	return ok;
}
