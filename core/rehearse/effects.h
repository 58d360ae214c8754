/* effects: what each statement of a rehearsal does, told from the catalog, the locks and the statistics
 * before and after it, by the session that runs it.
 *
 * Effects are on relations that existed before: at effects_begin, or, with `afresh`, when the migration
 * began. A lock is told by the statement that takes it; it is held until
 * the transaction ends. */
#ifndef CORE_REHEARSE_EFFECTS_H
#define CORE_REHEARSE_EFFECTS_H

#include "core/apply/step.h"
#include "core/pg/scan_effect.h"
#include "core/rehearse/snapshot.h"

enum effect_type {
	EFFECT_LOCK,		/* a stronger one than the transaction had on it */
	EFFECT_RELATION_DROPPED,
	EFFECT_RELATION_RENAMED,	/* `detail`: the new name */
	EFFECT_REWRITTEN,	/* a new relfilenode */
	EFFECT_SCANNED,		/* read from end to end */
	EFFECT_WRITTEN,		/* `rows` */
	EFFECT_ATTACHED,	/* became a partition; `detail`: of what */
	EFFECT_DETACHED,
	EFFECT_INDEX_BUILT,	/* `name`, of an index; also one that was built anew */
	EFFECT_INDEX_INVALID,
	EFFECT_INDEX_DROPPED,
	EFFECT_COLUMN_ADDED,	/* `name`, `piece` */
	EFFECT_COLUMN_DROPPED,
	EFFECT_COLUMN_RENAMED,
	EFFECT_COLUMN_RETYPED,	/* `detail`: the new type; `loses`, `finds` */
	EFFECT_COLUMN_STRICT,	/* became NOT NULL */
	EFFECT_CONSTRAINT_ADDED	/* `name`, `piece` */
};

struct effect {
	enum effect_type type;
	const char *relation;	/* as it was called before; an index's table */
	char kind;		/* relkind */
	bool partition;
	enum lock_mode lock;	/* the strongest that is now held on it */
	const char *name, *detail;
	struct piece piece;	/* of a column or constraint, without its name's owner */
	const char *loses;	/* what of its values may be lost; NULL: nothing */
	bool zoned;		/* both only where it is rewritten, by the session's TimeZone */
	const char *finds;	/* the query for those that cannot become the new type; NULL: all can */
	long rows;
};

/* One statement. */
struct statement_effects {
	const struct revision *revision;
	enum direction direction;
	const char *sql;	/* terminated; from its beginning, cut */
	long line, last;	/* where it begins and ends */
	long duration;		/* ms */
	bool apart;		/* what it locks is free when it is done */
	bool no_lock_timeout;
	bool left_out;		/* it was not run: see beyond.h */
	struct session_effect session;
	enum lock_mode held;	/* the strongest lock of the transaction before the statement */
	struct effect *effects;
	size_t count, capacity;
};

struct effects {
	struct arena *arena;	/* of the sights */
	bool afresh;
	struct statement_effects *sights;
	size_t count, capacity;

	/* While it runs. */
	struct arena memory[2];	/* snapshots, in turn */
	int turn;
	int server;	/* version number */
	struct snapshot now;
	const long *existing;	/* oids, ascending */
	size_t existing_count;
	const struct step *step;	/* whose statement ran last */
	int64_t began;
};

/* Takes the relations that there are for those that existed before. */
MUST_CHECK bool effects_begin(struct effects *effects, struct session *session, struct error *err);

/* To be put into apply->hooks: sees all, and leaves out what reaches beyond the scratch database; or does only
 * that. */
struct step_hooks effects_witness(struct effects *effects);
extern const struct step_hooks effects_guard;
void effects_free(struct effects *effects);

#endif
