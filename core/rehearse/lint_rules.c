#include <string.h>

#include "core/pg/token_match.h"
#include "core/rehearse/lint.h"

#define BLOCKS_WRITES LOCK_SHARE

static bool says(const struct statement_effects *seen, const char *pattern)
{
	return token_match(seen->sql, strlen(seen->sql), pattern);
}

/* Did the statement have such an effect on the same relation, too? */
static bool also(
    const struct statement_effects *seen, const struct effect *effect, enum effect_type type)
{
	for (size_t i = 0; i < seen->count; i++)
		if (seen->effects[i].type == type
		    && strcmp(seen->effects[i].relation, effect->relation) == 0)
			return true;
	return false;
}

static bool is_table(const struct effect *effect)
{
	return effect->kind == 'r' || effect->kind == 'p';
}

/* The constraint whose index this is. */
static bool of_constraint(const struct statement_effects *seen, const struct effect *index)
{
	for (size_t i = 0; i < seen->count; i++)
		if (seen->effects[i].type == EFFECT_CONSTRAINT_ADDED
		    && strchr("pux", seen->effects[i].piece.type[0]) != NULL
		    && text_ends(index->name, seen->effects[i].name))
			return true;
	return false;
}

static bool blocking_index(const struct statement_effects *seen, const struct effect *effect)
{
	return effect->lock >= BLOCKS_WRITES && !says(seen, "REINDEX")
	       && !also(seen, effect, EFFECT_REWRITTEN) && !of_constraint(seen, effect);
}

static bool blocking_reindex(const struct statement_effects *seen, const struct effect *effect)
{
	return effect->lock >= BLOCKS_WRITES && says(seen, "REINDEX");
}

static bool blocking_unique(const struct statement_effects *seen, const struct effect *effect)
{
	return strchr("pux", effect->piece.type[0]) != NULL && !effect->piece.filled
	       && also(seen, effect, EFFECT_INDEX_BUILT) && !also(seen, effect, EFFECT_REWRITTEN);
}

static bool validating_constraint(const struct statement_effects *seen, const struct effect *effect)
{
	const struct piece *piece = &effect->piece;

	return strchr("cf", piece->type[0]) != NULL && piece->strict && !piece->filled
	       && effect->lock >= BLOCKS_WRITES && !also(seen, effect, EFFECT_REWRITTEN)
	       && (also(seen, effect, EFFECT_SCANNED) || !also(seen, effect, EFFECT_COLUMN_ADDED));
}

static bool not_null_without_default(
    const struct statement_effects *seen, const struct effect *effect)
{
	(void)seen;
	return is_table(effect) && effect->piece.strict && !effect->piece.filled;
}

static bool set_not_null(const struct statement_effects *seen, const struct effect *effect)
{
	return is_table(effect) && also(seen, effect, EFFECT_SCANNED)
	       && !also(seen, effect, EFFECT_REWRITTEN) && !also(seen, effect, EFFECT_INDEX_BUILT);
}

static bool rewrite(const struct statement_effects *seen, const struct effect *effect)
{
	return effect->kind == 'r' && effect->lock >= BLOCKS_WRITES && !says(seen, "TRUNCATE");
}

static bool truncate(const struct statement_effects *seen, const struct effect *effect)
{
	return effect->kind == 'r' && says(seen, "TRUNCATE");
}

static bool refresh(const struct statement_effects *seen, const struct effect *effect)
{
	(void)seen;
	return effect->kind == 'm' && effect->lock == LOCK_ACCESS_EXCLUSIVE;
}

static bool on_table(const struct statement_effects *seen, const struct effect *effect)
{
	(void)seen;
	return is_table(effect) || effect->kind == 'f';
}

static bool always(const struct statement_effects *seen, const struct effect *effect)
{
	(void)seen;
	(void)effect;
	return true;
}

/* By a TimeZone that changes nothing, nothing is rewritten. */
static bool converts(const struct statement_effects *seen, const struct effect *effect)
{
	return is_table(effect) && (!effect->zoned || also(seen, effect, EFFECT_REWRITTEN));
}

static bool lossy_type(const struct statement_effects *seen, const struct effect *effect)
{
	return converts(seen, effect) && effect->loses != NULL;
}

static bool failing_type(const struct statement_effects *seen, const struct effect *effect)
{
	return converts(seen, effect) && effect->finds != NULL;
}

static bool drop_index(const struct statement_effects *seen, const struct effect *effect)
{
	return effect->lock == LOCK_ACCESS_EXCLUSIVE && says(seen, "DROP INDEX");
}

static bool blocking_detach(const struct statement_effects *seen, const struct effect *effect)
{
	return effect->lock == LOCK_ACCESS_EXCLUSIVE && says(seen, "ALTER TABLE ... DETACH");
}

static bool validating_attach(const struct statement_effects *seen, const struct effect *effect)
{
	return also(seen, effect, EFFECT_SCANNED);
}

static bool json_column(const struct statement_effects *seen, const struct effect *effect)
{
	(void)seen;
	return is_table(effect) && strcmp(effect->piece.type, "json") == 0;
}

static bool no_lock_timeout(const struct statement_effects *seen, const struct effect *effect)
{
	return seen->no_lock_timeout && effect->lock >= BLOCKS_WRITES;
}

static bool work_under_lock(const struct statement_effects *seen, const struct effect *effect)
{
	return is_table(effect) && seen->held >= BLOCKS_WRITES
	       && !also(seen, effect, EFFECT_INDEX_BUILT) && !also(seen, effect, EFFECT_REWRITTEN)
	       && !also(seen, effect, EFFECT_CONSTRAINT_ADDED)
	       && !also(seen, effect, EFFECT_COLUMN_STRICT) && !also(seen, effect, EFFECT_ATTACHED)
	       && !also(seen, effect, EFFECT_COLUMN_ADDED);
}

static bool blocking_scan(const struct statement_effects *seen, const struct effect *effect)
{
	return is_table(effect) && effect->lock >= BLOCKS_WRITES && seen->held < BLOCKS_WRITES
	       && !also(seen, effect, EFFECT_INDEX_BUILT) && !also(seen, effect, EFFECT_REWRITTEN)
	       && !also(seen, effect, EFFECT_CONSTRAINT_ADDED)
	       && !also(seen, effect, EFFECT_COLUMN_STRICT) && !also(seen, effect, EFFECT_ATTACHED)
	       && !also(seen, effect, EFFECT_COLUMN_ADDED);
}

/* What a run that resumes the part cannot have again. */
static const char *leaves_state(const struct statement_effects *seen)
{
	unsigned holds = seen->session.sets ? 0 : seen->session.holds;

	return seen->apart && holds != 0 ? scan_hold_name(holds) : NULL;
}

static const char *drops_lock(const struct statement_effects *seen)
{
	return seen->apart && seen->session.drops_lock ? "the migration lock" : NULL;
}

#define OUTSIDE "in a migration of its own"
#define RENAME_WHY                                                                                 \
	"The running application asks for the old name from the moment that this is committed."
#define RENAME_SAFE                                                                                \
	"Add what is new beside it, deploy an application that knows both, and drop the old one "  \
	"later; or leave a view with the old name."

const struct rule lint_rules[] = {
    {.name = "blocking-index",
	.why = "Building an index blocks every write to its table until it is done.",
	.safe
	= "CREATE INDEX CONCURRENTLY …, " OUTSIDE " (migrate runs it outside of a transaction).",
	.type = EFFECT_INDEX_BUILT,
	.applies = blocking_index,
	.says = "builds the index %s while writes are blocked"},
    {.name = "blocking-reindex",
	.why = "REINDEX blocks every write to the table, and reads that use the index.",
	.safe = "REINDEX … CONCURRENTLY, " OUTSIDE ".",
	.type = EFFECT_INDEX_BUILT,
	.applies = blocking_reindex,
	.says = "rebuilds the index %s while writes are blocked"},
    {.name = "blocking-unique",
	.why
	= "The constraint's index is built while reads and writes of the table are blocked. It "
	  "fails where two rows have the same key.",
	.safe
	= "CREATE UNIQUE INDEX CONCURRENTLY name ON …, then ALTER TABLE … ADD CONSTRAINT "
	  "name UNIQUE "
	  "USING INDEX name. (An exclusion constraint and a key WITHOUT OVERLAPS have no such "
	  "form: add them when nobody uses the table.)",
	.type = EFFECT_CONSTRAINT_ADDED,
	.applies = blocking_unique,
	.says = "builds the index of the constraint %s while the table is blocked"},
    {.name = "validating-constraint",
	.why
	= "Every row is checked while writes are blocked, for a foreign key in both tables. It "
	  "fails where a row does not fit.",
	.safe = "ALTER TABLE … ADD CONSTRAINT … NOT VALID, and in a later migration ALTER TABLE … "
		"VALIDATE "
		"CONSTRAINT ….",
	.type = EFFECT_CONSTRAINT_ADDED,
	.applies = validating_constraint,
	.says = "adds the constraint %s without NOT VALID"},
    {.name = "not-null-without-default",
	.why
	= "It fails where the table has a row, and every INSERT of the running application fails.",
	.safe
	= "Add the column with a DEFAULT; or without NOT NULL, fill it, and then make it NOT NULL.",
	.type = EFFECT_COLUMN_ADDED,
	.applies = not_null_without_default,
	.says = "adds the column %s NOT NULL without a default"},
    {.name = "set-not-null",
	.why
	= "Every row is read while reads and writes are blocked. It fails where it finds a NULL.",
	.safe = "ADD CONSTRAINT … CHECK (… IS NOT NULL) NOT VALID; in a later migration VALIDATE "
		"CONSTRAINT …; then SET NOT NULL, which trusts it; then DROP CONSTRAINT …. From "
		"PostgreSQL 18 on: ADD CONSTRAINT … NOT NULL … NOT VALID, and in a later migration "
		"VALIDATE CONSTRAINT ….",
	.type = EFFECT_COLUMN_STRICT,
	.applies = set_not_null,
	.says = "makes the column %s NOT NULL by reading the table"},
    {.name = "rewrite",
	.why = "The table and all its indexes are rewritten while reads and writes are blocked.",
	.safe = "Add a new column, keep it up to date by a trigger, fill it in batches, and drop "
		"the old one "
		"later; a column without DEFAULT first, then ALTER COLUMN … SET DEFAULT, then the "
		"old rows. "
		"For VACUUM FULL and CLUSTER: pg_repack.",
	.type = EFFECT_REWRITTEN,
	.applies = rewrite,
	.says = "rewrites the table %s"},
    {.name = "lossy-type",
	.why = "Values are cut to what the new type has room for, and the down part does not bring "
	       "them back.",
	.safe = "Add a new column beside it, copy what is to stay, and drop the old one later; or "
		"look at the values first.",
	.type = EFFECT_COLUMN_RETYPED,
	.applies = lossy_type,
	.says = "changes the type of %s, which may lose values"},
    {.name = "failing-type",
	.why = "It fails where a value cannot become one of the new type.",
	.safe = "Look for such rows first: `migrate diff` writes the query that finds them above "
		"what it changes.",
	.type = EFFECT_COLUMN_RETYPED,
	.applies = failing_type,
	.says = "changes the type of %s, which some values cannot become"},
    {.name = "truncate",
	.why = "All rows are gone, and reads and writes are blocked meanwhile.",
	.safe = "Leave data to the application, or say why it is all right.",
	.type = EFFECT_REWRITTEN,
	.applies = truncate,
	.says = "empties the table %s"},
    {.name = "blocking-refresh",
	.why = "Nobody can read the view while it is rebuilt.",
	.safe = "REFRESH MATERIALIZED VIEW CONCURRENTLY …, which needs a unique index.",
	.type = EFFECT_REWRITTEN,
	.applies = refresh,
	.says = "refreshes %s while reads are blocked"},
    {.name = "drop-column",
	.why = "Its values go with it, ADD COLUMN in the down part does not bring them back, and "
	       "the running application may ask for it.",
	.safe = "First deploy an application that does not know the column; drop it in a later "
		"migration.",
	.type = EFFECT_COLUMN_DROPPED,
	.applies = on_table,
	.says = "drops the column %s"},
    {.name = "drop-table",
	.why = "Its rows go with it, CREATE TABLE in the down part does not bring them back, and "
	       "the running application may ask for it.",
	.safe
	= "First deploy an application that does not know the table; drop it in a later migration.",
	.type = EFFECT_RELATION_DROPPED,
	.applies = on_table,
	.says = "drops the table %s"},
    {.name = "rename",
	.why = RENAME_WHY,
	.safe = RENAME_SAFE,
	.type = EFFECT_RELATION_RENAMED,
	.applies = always,
	.says = "renames %s"},
    {.name = "rename",
	.why = RENAME_WHY,
	.safe = RENAME_SAFE,
	.type = EFFECT_COLUMN_RENAMED,
	.applies = always,
	.says = "renames the column %s"},
    {.name = "rename",
	.why = RENAME_WHY,
	.safe = RENAME_SAFE,
	.says = "renames a schema",
	.pattern = "ALTER SCHEMA * RENAME"},
    {.name = "rename",
	.why = RENAME_WHY,
	.safe = RENAME_SAFE,
	.says = "renames a value of a type",
	.pattern = "ALTER TYPE ... RENAME VALUE"},
    {.name = "blocking-drop-index",
	.why = "It waits for, and then blocks, every read and write of the table.",
	.safe = "DROP INDEX CONCURRENTLY …, " OUTSIDE ".",
	.type = EFFECT_INDEX_DROPPED,
	.applies = drop_index,
	.says = "drops the index %s while reads and writes are blocked"},
    {.name = "invalid-index",
	.why = "It costs every write and serves no query.",
	.safe = "DROP INDEX CONCURRENTLY …, and build it again.",
	.type = EFFECT_INDEX_INVALID,
	.applies = always,
	.says = "leaves the index %s invalid"},
    {.name = "blocking-detach",
	.why = "It blocks every read and write of the partitioned table.",
	.safe = "ALTER TABLE … DETACH PARTITION … CONCURRENTLY, " OUTSIDE ".",
	.type = EFFECT_DETACHED,
	.applies = blocking_detach,
	.says = "detaches the partition %s while reads and writes are blocked"},
    {.name = "validating-attach",
	.why = "Every row of the new partition is read while it is blocked.",
	.safe = "First ADD CONSTRAINT … CHECK (what the partition's bounds say) NOT VALID and "
		"VALIDATE it: "
		"then ATTACH PARTITION trusts it.",
	.type = EFFECT_ATTACHED,
	.applies = validating_attach,
	.says = "attaches the partition %s by reading it"},
    {.name = "json-column",
	.why = "json has no equality: SELECT DISTINCT and GROUP BY over the table begin to fail.",
	.safe = "Make it jsonb.",
	.type = EFFECT_COLUMN_ADDED,
	.applies = json_column,
	.says = "adds the column %s of type json"},
    {.name = "work-under-lock",
	.why = "Rows are read and written while a lock blocks everybody else: an earlier statement "
	       "of the "
	       "transaction took it.",
	.safe = "Split the migration: take strong locks in one, do what takes long in another; "
		"write in batches.",
	.type = EFFECT_SCANNED,
	.applies = work_under_lock,
	.says = "reads all of %s under the locks of earlier statements"},
    {.name = "blocking-scan",
	.why = "Every row is read while writes are blocked.",
	.safe
	= "Use a form that checks later, such as NOT VALID, or run it when nobody uses the table.",
	.type = EFFECT_SCANNED,
	.applies = blocking_scan,
	.says = "reads all of %s while writes are blocked"},
    {.name = "no-lock-timeout",
	.why = "While it waits for its lock, every later query on the table queues behind it.",
	.safe = "Leave [apply] lock_timeout as it is, or write lock_timeout:2s on the marker line.",
	.type = EFFECT_LOCK,
	.applies = no_lock_timeout,
	.says = "locks %s without a lock_timeout"},
    {.name = "beyond-database",
	.why = "It changes the server, not this database: every replica of the environment, and "
	       "every rehearsal, would do it again. A rehearsal leaves it out.",
	.safe = "Do it where the server is set up.",
	.says = "reaches beyond its database and was not run",
	.beyond = true},
    {.name = "session-state",
	.why = "If a later statement of the part fails, or the run is killed, the next run cannot "
	       "continue after this one: what it left in the session is gone. Somebody has to "
	       "finish by hand.",
	.safe = "Move it, and what depends on it, to a migration with a transaction; keep here "
		"only what cannot run in one.",
	.says = "leaves %s in the session of a part without transaction",
	.leaves = leaves_state},
    {.name = "drops-lock",
	.why = "Other replicas begin to migrate while this one is still migrating.",
	.safe = "Use RESET ALL, DEALLOCATE ALL, DISCARD TEMP or the like, whichever is meant; "
		"pg_advisory_unlock(…) for each lock.",
	.says = "gives up %s",
	.leaves = drops_lock,
	.error = true},
    {.name = "enum-value-too-early",
	.why = "A value that ALTER TYPE … ADD VALUE adds can be used only after a COMMIT (55P04).",
	.safe = "Use it in a later migration."},
    {.name = "taken-key",
	.why = "A sequence gives out what a row has already: INSERT fails.",
	.safe = "SELECT setval('…', (SELECT max(…) FROM …)), at the end of the migration.",
	.error = true},
    {.name = "no-down",
	.why = "The migration cannot be reverted: `migrate downgrade` refuses.",
	.safe = "Write the SQL that reverts it below '-- migrate:down'."},
    {.name = "down-fails",
	.why = "`migrate downgrade` fails just when it is needed.",
	.safe = "Fix the down part; try it with: migrate rehearse"},
    {.name = "down-differs",
	.why = "After a downgrade the schema is not the one that the older application knows.",
	.safe = "Undo everything that the up part does, in reverse order."},
    {.name = "once-only",
	.why = "After a downgrade the migration cannot be applied again.",
	.safe = "Undo everything that the up part does, including types, sequences and rows."},
};

const size_t lint_rule_count = COUNT(lint_rules);
