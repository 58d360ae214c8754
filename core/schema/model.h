/* model: the objects of one schema and what they need of each other. Pure.
 *
 * An object is a kind, an identity that is unique within the kind, and named values, as the kind's
 * query gave them. A name that begins with "_" is there for the writing of statements alone and is
 * never compared. Everything lives in the model's arena. */
#ifndef CORE_SCHEMA_MODEL_H
#define CORE_SCHEMA_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/text.h"

struct kind;

/* The names of the values of a kind's objects. */
struct shape {
	const char *const *names;
	size_t count;
};

struct object {
	const struct kind *kind;
	const char *identity;
	const struct shape *shape;
	const char **values;	/* shape->count; NULL: the default, or nothing */
	const struct object *home;	/* what it is written within when both are created; or NULL */
	size_t rank;		/* its place in the model: kinds in their order, then the query's */
	bool kept;		/* as it was, for the source cannot speak of it */
};

enum edge_type {
	EDGE_NORMAL,	/* `from` cannot be without `to` */
	EDGE_AUTO,	/* nor that; and it goes when `to` goes */
	EDGE_OWNED,	/* it goes when `to` goes, but can be without */
	EDGE_SOFT,	/* its text seems to name `to` */
	EDGE_TIE,	/* `from` is made after `to` and is gone before it, but can be while it changes */
	EDGE_COPY,	/* while something is tied to both, `from` is made and dropped as `to` is */
	EDGE_MERGED,	/* the same, but `from` has a life of its own too */
	EDGE_OVERRIDES	/* whatever becomes of `to` becomes of `from` as well, which is not so */
};

struct edge {
	const struct object *from, *to;
	enum edge_type type;
};

struct edges {
	const struct edge *const *items;
	size_t count;
};

struct model {
	struct arena *arena;
	struct object **objects;	/* by rank */
	size_t count, capacity;
	struct edge *edges;
	size_t edge_count, edge_capacity;
	struct object **slots;		/* by kind and identity */
	size_t slot_count;
	const struct edge **by_from, **by_to;	/* from model_close on */
	size_t *first_from, *first_to;		/* by rank; count + 1 */
	struct names unhandled;		/* what the catalog holds and no kind describes */
};

/* The value of that name; NULL if there is none. */
const char *object_get(const struct object *object, const char *name);

/* "users.email": the identity as people write it, without "public." */
const char *object_shown(struct arena *arena, const struct object *object);

/* Adds a copy, which shares its strings, and returns it. */
struct object *model_add(struct model *model, const struct object *object);
void model_link(struct model *model, const struct object *from, const struct object *to,
    enum edge_type type);

/* After the last addition: from here on edges can be asked for. */
void model_close(struct model *model);

struct object *model_find(
    const struct model *model, const struct kind *kind, const char *identity);

/* What the object needs, and what needs it. */
struct edges model_needs(const struct model *model, const struct object *object);
struct edges model_users(const struct model *model, const struct object *object);

#endif
