/* snapshot: the relations of a database as the running transaction sees them, with the locks that it
 * holds on them and what it has done to their rows. Without our own two tables. */
#ifndef CORE_REHEARSE_SNAPSHOT_H
#define CORE_REHEARSE_SNAPSHOT_H

#include "core/pg/session.h"

/* PostgreSQL's table-level locks, weakest first. */
enum lock_mode {
	LOCK_NONE,
	LOCK_ACCESS_SHARE,
	LOCK_ROW_SHARE,
	LOCK_ROW_EXCLUSIVE,
	LOCK_SHARE_UPDATE_EXCLUSIVE,
	LOCK_SHARE,
	LOCK_SHARE_ROW_EXCLUSIVE,
	LOCK_EXCLUSIVE,
	LOCK_ACCESS_EXCLUSIVE
};

/* "SHARE ROW EXCLUSIVE", as the manual calls it. */
const char *lock_mode_name(enum lock_mode strength);

/* A column or a constraint. */
struct piece {
	bool column;
	long id;	/* attnum; oid */
	const char *name;
	const char *type;	/* of the column; contype */
	const char *base;	/* of a column of a domain: what that is over; NULL: it is of none */
	const char *labels;	/* of an enum */
	bool checked;	/* its domain refuses values */
	const char *key;	/* of the type, whatever the search_path calls it */
	bool strict;	/* NOT NULL; validated */
	bool filled;	/* has a default, an identity, an expression; belongs to the parent's */
};

struct relation {
	long oid;
	const char *name;	/* qualified and quoted; NULL: it is no more, but still locked */
	char kind;		/* relkind */
	long filenode;
	enum lock_mode lock;
	long index_of;		/* oid of the table; 0: no index */
	bool valid;
	long parent;		/* of a partition */
	long scans, inserted, updated, deleted;	/* not yet reported by this session */
	struct piece *pieces;
	size_t piece_count;
};

struct snapshot {
	struct arena *arena;
	struct relation *items;	/* by oid */
	size_t count;
	bool no_lock_timeout;
};

/* All relations, or, inside a transaction, those alone that it holds locks on. */
MUST_CHECK bool snapshot_read(struct session *session, struct arena *arena, bool all,
    struct snapshot *snapshot, struct error *err);

/* NULL if there is none. */
struct relation *snapshot_find(const struct snapshot *snapshot, long oid);

/* Puts the relations of `newer` in the place of those in `snapshot`, whose arena it shares. */
void snapshot_merge(struct snapshot *snapshot, const struct snapshot *newer);

const struct piece *relation_piece(const struct relation *relation, bool column, long id);

#endif
