/* keys: which object a row of a system catalog belongs to. */
#ifndef CORE_SCHEMA_KEYS_H
#define CORE_SCHEMA_KEYS_H

#include "core/schema/model.h"

/* As in pg_depend. */
struct key {
	unsigned class, oid;
	int sub;
};

struct keys {
	struct arena *arena;
	struct keys_slot *slots;
	size_t count, capacity;
};

/* The key is the object's, is part of what another key means, or is left out of the model. */
void keys_put(struct keys *keys, struct key key, struct object *object);
void keys_alias(struct keys *keys, struct key key, struct key part_of);
void keys_exclude(struct keys *keys, struct key key);

/* Whether the key, or all that it is a part of as a column is of a table, was left out. */
bool keys_excluded(const struct keys *keys, struct key key);

/* The object that the key stands for; NULL if none does. */
struct object *keys_resolve(const struct keys *keys, struct key key);

/* "1259.16385.2" of the first key in `text`, which goes behind it and the spaces that follow; false
 * at the end. */
bool keys_next(const char **text, struct key *key);

#endif
