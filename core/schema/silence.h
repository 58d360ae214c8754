/* silence: what it means that SQLAlchemy's models do not say something. They are a partial statement
 * about a database: how a thing is that they say nothing of is right as it is. The one place where it
 * stands what they can leave unsaid; migrations/README.md has it for users. Pure.
 *
 * A default in the wanted catalog is silence for the attributes of silence_rules, unless the models give
 * it in so many words. Everything else that they can say is always said. */
#ifndef CORE_SCHEMA_SILENCE_H
#define CORE_SCHEMA_SILENCE_H

#include "core/schema/model.h"

/* What an object is, and what the models say of it. */
struct silence_pair {
	const struct object *old, *wanted;
	bool filled;	/* a column: they say what fills it: a default, an expression, an identity */
	bool not_valid;	/* a column: its NOT NULL is NOT VALID, and may stay so */
};

struct silence_rule {
	const char *kind;	/* "*": any */
	const char *attribute;
	const char *told;	/* how people call it: "index method"; NULL: nobody is told */
	const char *with;	/* values for the writing of statements that go with it; NULL: none */
	/* Whether the default is silence here; NULL: always. */
	bool (*unsaid)(const struct silence_pair *pair);
	/* What both say together; NULL: the old value where the models are silent. */
	const char *(*merge)(struct arena *arena, const char *old, const char *wanted);
};

/* The rule of an attribute that models can leave unsaid; NULL: they always say it. */
const struct silence_rule *silence_rule_of(const struct kind *kind, const char *attribute);

/* The attribute's value as it shall be: the old one where it is left unsaid. */
const char *silence_value(struct arena *arena, const struct silence_rule *rule,
    const struct silence_pair *pair);

/* Whether the type of a sequence or of a column with an identity has room for its bounds and its start. */
bool silence_bounds_fit(const struct object *old, const char *type);

/* Whether models that do not have `old` may mean it all the same: `home` is what they say of what it
 * belongs to, `old_model` and `wanted` are all that there is. */
bool silence_keeps(const struct model *old_model, const struct object *old,
    const struct model *wanted, const struct object *home);

/* Something that is kept, for whoever wants to drop it. */
struct silence_kept {
	const char *what;	/* "check constraint", "index method" */
	const char *name;	/* as a pattern of [models] drop names it */
};

struct silence_list {
	struct silence_kept *items;
	size_t count, capacity;
};

void silence_add(struct arena *arena, struct silence_list *list, struct silence_kept kept);

/* Patterns of [models] drop: for what one matches, silence is a wish. */
struct silence_drop {
	struct names patterns;	/* fnmatch(3) */
	bool *used;		/* by pattern: it has matched something that would be kept */
};

/* NULL, "off" and "on" among them: nothing, and everything. */
struct silence_drop silence_drop_of(struct arena *arena, const char *setting);
void silence_drop_more(struct arena *arena, struct silence_drop *drop, const struct names *names);
bool silence_asked(const struct silence_drop *drop, const char *name);

#endif
