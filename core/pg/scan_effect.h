/* scan_effect: what a statement does to the session that runs it, as far as its words tell. Pure.
 *
 * What the functions do that it calls is not seen, nor what it reads from variables. The body of a DO is
 * read, with the strings in it, however names and strings are quoted. In doubt it holds something. */
#ifndef CORE_PG_SCAN_EFFECT_H
#define CORE_PG_SCAN_EFFECT_H

#include "core/pg/scan.h"

/* What a session has after some statements and no other session can be given. */
enum session_hold {
	HOLDS_RELATION = 1,	/* temporary ones */
	HOLDS_CURSOR = 2,	/* WITH HOLD */
	HOLDS_LOCK = 4,		/* session-level advisory ones */
	HOLDS_SETTING = 8,	/* of a value that the text does not tell */
	HOLDS_SEQUENCE = 16,	/* what currval and lastval answer */
	HOLDS_SEED = 32,	/* of random() */
	HOLDS_CONNECTION = 64,	/* of dblink */
	HOLDS_DEFAULT = 128,	/* of a setting, as it was when the session began */
	HOLDS_UNTOLD = 256,	/* what an EXECUTE of a text from elsewhere may have left */
	HOLDS_ALL = 511
};

struct session_effect {
	bool sets;		/* it only sets the session, and may be run again */
	bool clears;		/* DISCARD ALL: it is as new, but for seed and libraries */
	bool stays;		/* a ROLLBACK does not undo it */
	bool drops_lock;	/* it gives up every session-level advisory lock, migrate's too */
	unsigned holds, frees;	/* enum session_hold; what a PREPARE holds, its EXECUTEs will */
};

struct session_effect scan_effect(const struct statement *statement);

/* The gravest of them, for a message: "a temporary relation". */
const char *scan_hold_name(unsigned holds);

/* How a statement changes what currval and lastval answer. */
bool scan_draws_sequence(const struct statement *statement);

#endif
