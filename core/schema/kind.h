/* kind: what is known of each kind of object: one row in a kinds_*.c, its place in kinds.h, and
 * one query, kind_NAME.sql.
 *
 * A query gives oid, sub and identity, and then the values, each under its name. A value that is
 * NULL stands for the default, so that nothing has to be written for it. Some names mean
 * something:
 *   comment, owner      as everywhere in PostgreSQL
 *   _parent             "class.oid.sub": what it belongs to and goes with
 *   _fold               the same: what it is written within when both are created (else _parent)
 *   _apart              anything: this one cannot be written within that
 *   _needs              keys too, separated by spaces: needs that pg_depend does not tell
 *   _follows            and what it should rather come after
 *   _copies, _ties      keys again: a child's column is a copy of its parent's, and is not said
 *                       where the child is created; the inheritance ties the two
 *   _merges             what it would be a copy of, if it were not said all the same
 *   _yields             anything: it gives up what it had, before its original brings the same
 *   _overrides          what the server would make it as, whenever that changes
 *   _alias              keys of catalog rows that are part of the object
 *   _silent             anything: comes and goes with another, whose name is enough
 *   _made               anything: it is said only where what it belongs to is made
 *   _slots, _slot       names that only one object can have, or a table's primary key
 *   _not_online         anything: it is made at once, or blocks in any form
 *   _partitioned        anything: online it is made for its table alone, and each partition's for itself
 *   _identifies         the table that it is the replica identity of
 *   _strict             anything: needs columns that are NOT NULL
 *   _explicit           anything: it is not made with the first thing it is a part of
 *   _lacking            tables, one a line, that would get a part of it if they were made now
 *   _becomes            "kind:identity" of what it is where its table is attached to nothing
 *   _refuses            the columns by which it refuses rows, which are accepted without it
 *   _unless_null        those of them of which a NULL makes a row unlike any other
 *   _unfit              a query for the rows that it refuses
 *   _once               a value for the rows that are there when a column comes; see once.h
 *   _serves             of a sequence: the column that the application gives its values; see position.h
 *   _body               text that names what it needs when it runs
 *
 * Statements are templates. "${x}" is the value x; "${-x}" is the object's former one, "${x|y}" y where x is NULL; "${old}"
 * and "${new}" are the values of the rule's attribute; "${*}" is what was folded into the
 * object; "${only}" is "ONLY " where copies outlive it. What stands in brackets is left out where a value in it is NULL. */
#ifndef CORE_SCHEMA_KIND_H
#define CORE_SCHEMA_KIND_H

#include "core/schema/model.h"

enum kind_flag {
	KIND_FOLDS = 1 << 0,	/* can be written within the statement that creates its home */
	KIND_BREAKS = 1 << 1,	/* need not be, so that a cycle can be broken there */
	KIND_FOLLOWS = 1 << 2,	/* is adapted by the server when a column's type changes */
	KIND_MODELS = 1 << 3,	/* SQLAlchemy's models can express it */
	KIND_TOP = 1 << 4,	/* and may well not know it: kept unless asked */
	KIND_DATA = 1 << 5,	/* holds rows or values that are lost with it */
	KIND_GRANTS = 1 << 6,	/* is compared only if asked */
	KIND_NAMELESS = 1 << 7,	/* the same under another name is renamed */
	KIND_CONVERTS = 1 << 8,	/* takes on a rebuilt type by its rule for "type" */
	KIND_COUNTS = 1 << 9,	/* copies count their originals: it must not go with something else */
	KIND_SECONDARY = 1 << 10	/* is made with another, and is news only where it has values */
};

enum rule_flag {
	RULE_DISTURBS = 1 << 0,	/* what depends on the object must be gone meanwhile */
	RULE_AFTER = 1 << 1,	/* said after CREATE as well, which has no place for it */
	RULE_LIST = 1 << 2,	/* the value is a list: a statement for each line, "${item}" */
	RULE_COPIES = 1 << 3,	/* the server does the same to copies */
	RULE_LATER = 1 << 4,	/* resetting it takes long and blocks nobody */
	RULE_FIRST = 1 << 5,	/* is set before the others, which may need it */
	RULE_BOTH = 1 << 6,	/* the hazard is one of resetting it too */
	RULE_GIVEN = 1 << 7,	/* after CREATE only of what the server made with something else */
	RULE_TYPED = 1 << 8	/* ALTER COLUMN … TYPE sets it back to the type's own */
};

struct rule {
	const char *attribute;
	const char *set;	/* to a value; with RULE_LIST: for each line that is new */
	const char *reset;	/* to NULL; for each line that is gone */
	unsigned flags;
	const char *hazard;	/* "-- hazard: …" above the statement, which sets it; NULL: none */
	const char *harmless;	/* the value whose presence takes the hazard away; NULL: none */
	/* Whether the change can be made in place; NULL: always. If not, the object is rebuilt. */
	bool (*fits)(const struct object *old, const struct object *new);
	/* Writes the statements in place of the templates; once for all attributes that have the same. */
	void (*write)(struct text *out, const struct object *old, const struct object *new);
	const char *online;	/* as the kind's: sets a value without blocking anybody */
	const char *online_where; /* the value that has to be there for that; NULL: none */
	const char *along;	/* what changes with it then */
	/* Why the change cannot be made at all; NULL: it can. */
	const char *(*refuses)(
	    struct arena *arena, const struct object *old, const struct object *new);
	/* The hazard, where it depends on what it is changed from and to; NULL: there is none. */
	const char *(*danger)(const struct object *old, const struct object *new);
};

struct kind {
	const char *name;	/* "foreign key" */
	const char *sql, *with;	/* `with`: what the query begins with; NULL: nothing */
	const char *some;	/* of what catalog a row there must be for there to be any, which is cheaper to
				 * find than its query to plan; NULL: there always are */
	unsigned class;		/* oid of the catalog, part of every key; pg_class.dat */
	int since;		/* server_version_num */
	unsigned flags;
	const char *create, *drop;
	const char *adopt;	/* makes it of what is there already */
	const char *fold;	/* within its home's statement */
	const char *on;		/* as COMMENT ON and OWNER TO name it; NULL: neither */
	const char *rename;	/* to ${_ident} from the former one */
	const char *retire;	/* a rebuilt one makes way so, and is dropped as ${_retired} last */
	const char *create_hazard, *drop_hazard;	/* unless its home goes the same way */
	const char *drop_loses;	/* the same, of "-- lossy: …" */
	const char *retire_hazard;
	const char *online, *online_drop;	/* outside a transaction, so that nobody is blocked */
	const char *online_replace;	/* in place of drop and create, so that one of both is always there */
	const char *none, *open, *between, *close;	/* around what is folded into it; NULL: nothing is */
	/* The hazards of creating it, where they depend on what it is. */
	void (*create_dangers)(struct arena *arena, struct names *dangers, const struct object *object,
	    const struct object *const *parts, size_t count);
	void (*fold_write)(struct text *out, const struct object *object,
	    const struct object *const *parts, size_t count);
	/* Ends with an attribute of NULL; NULL: none. What has no rule needs a rebuild. Not an array, most of which would be
	 * empty: the loader changes these pages at each start. */
	const struct rule *rules;
};

extern const struct kind *const schema_kinds[];
extern const size_t schema_kind_count;

/* The kind of that name; there must be one. */
const struct kind *kind_named(const char *name);

/* The attribute's rule, of the kind or for all; NULL if there is none. */
const struct rule *kind_rule(const struct kind *kind, const char *attribute);

/* Whether the rule has a form that sets the object's value without blocking anybody. */
bool kind_sets_online(const struct rule *rule, const struct object *object);

#endif
