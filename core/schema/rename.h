/* rename: what may have been renamed rather than dropped and added. Pure. */
#ifndef CORE_SCHEMA_RENAME_H
#define CORE_SCHEMA_RENAME_H

#include "core/base/error.h"
#include "core/schema/model.h"

/* What may have been renamed. */
struct rename {
	const char *pair;	/* for --rename: "users.mail:email"; of labels all pairs of their type */
	const char *question;
};

struct rename_list {
	struct rename *items;
	size_t count, capacity;
};

void rename_add(
    struct arena *arena, struct rename_list *list, const char *pair, const char *question);

/* "Was column users.mail renamed to "email"?"; `done` is "renamed to". */
const char *rename_question(struct arena *arena, const char *what, const char *from,
    const char *done, const char *to);

struct rename_sides {
	const struct model *old, *wanted;
	const struct names *stated;	/* see models.h */
};

/* "users.mail:email", "people:users": tables that have the same columns, columns of the same table and
 * type, and labels of an enum, one of which is in the old model alone and one in the wanted. */
struct rename_list rename_candidates(struct arena *arena, const struct rename_sides *sides);

/* The pairs of a list, which commas and newlines separate where they are in no quotes. */
struct names rename_split(struct arena *arena, const char *list);

/* The statement that does what such a pair says, and the one that takes it back. Errors,
 * STATUS_USAGE: there is nothing of that name in the old model. */
MUST_CHECK bool rename_statements(struct arena *arena, const struct model *old, const char *pair,
    const char **forth, const char **back, struct error *err);

#endif
