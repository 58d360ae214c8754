/* lint: findings: what a migration does that is dangerous where an application runs.
 *
 * One table of rules, by name. Most are recognized by what was seen on a scratch database (effects.h, roundtrip.h), by the
 * server that did it, few from words. A finding is ignored where its file says so:
 *
 *   -- lint:ignore NAME[,NAME…] REASON
 *
 * above or inside of a statement: for that; in the header: for the whole file; anywhere in a part: for a
 * finding about the part. */
#ifndef CORE_REHEARSE_LINT_H
#define CORE_REHEARSE_LINT_H

#include "core/rehearse/roundtrip.h"

struct rule {
	const char *name;
	const char *why;	/* a sentence */
	const char *safe;	/* what to write instead; "…" stands for the names */
	enum effect_type type;	/* of an effect that it looks at … */
	bool (*applies)(const struct statement_effects *seen, const struct effect *effect);	/* … or NULL */
	const char *says;	/* "%s" is the effect's subject */
	const char *pattern;	/* of statements whose effect no relation shows; NULL: none */
	const char *(*leaves)(const struct statement_effects *seen);	/* … or what it does to the session; NULL: not that */
	bool beyond;		/* of statements that were left out */
	bool error;		/* in the formats that know errors and warnings */
};

extern const struct rule lint_rules[];
extern const size_t lint_rule_count;

struct finding {
	const struct rule *rule;
	const struct revision *revision;
	enum direction direction;
	long line, last;	/* of the statement */
	const char *message;
	const char *statement;	/* NULL: it is about the part */
	const char *relation;	/* NULL: about none */
	const char *ignored;	/* why; NULL: it is not */
};

struct findings {
	struct arena *arena;
	struct finding *items;	/* in the order of the roundtrips and statements */
	size_t count, capacity;
};

/* Reads the files again for what they ignore. Errors: STATUS_CONFIG with file and line for a
 * lint:ignore that names no rule or gives no reason. */
MUST_CHECK bool lint_find(
    const struct roundtrips *roundtrips, struct findings *findings, struct error *err);

/* How many are not ignored. */
size_t lint_open(const struct findings *findings);

#endif
