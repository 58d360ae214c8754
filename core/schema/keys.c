#include "core/schema/keys.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HOPS 8 /* rule of a view, row type of a table, array of a row type … */

struct keys_slot {
	struct key key;
	bool used, excluded, alias;
	struct key part_of;
	struct object *object;
};

static bool same(struct key one, struct key other)
{
	return one.class == other.class && one.oid == other.oid && one.sub == other.sub;
}

static struct keys_slot *slot_of(const struct keys *keys, struct key key)
{
	uint64_t value = ((uint64_t)key.class << 32 | key.oid) * 0x9e3779b97f4a7c15U
			 + (uint64_t)(unsigned)key.sub * 0xff51afd7ed558ccdU;
	size_t at = (size_t)(value ^ value >> 29) & (keys->capacity - 1);

	while (keys->slots[at].used && !same(keys->slots[at].key, key))
		at = (at + 1) & (keys->capacity - 1);
	return &keys->slots[at];
}

static struct keys_slot *add(struct keys *keys, struct key key)
{
	struct keys_slot *slot;

	if (keys->count * 2 >= keys->capacity) {
		struct keys old = *keys;

		keys->capacity = old.capacity ? old.capacity * 2 : 256;
		keys->slots = arena_array(keys->arena, keys->capacity, sizeof(*keys->slots));
		for (size_t i = 0; i < old.capacity; i++)
			if (old.slots[i].used)
				*slot_of(keys, old.slots[i].key) = old.slots[i];
	}
	slot = slot_of(keys, key);
	keys->count += !slot->used;
	slot->used = true;
	slot->key = key;
	return slot;
}

void keys_put(struct keys *keys, struct key key, struct object *object)
{
	add(keys, key)->object = object;
}

void keys_alias(struct keys *keys, struct key key, struct key part_of)
{
	struct keys_slot *slot = add(keys, key);

	slot->alias = true;
	slot->part_of = part_of;
}

void keys_exclude(struct keys *keys, struct key key)
{
	add(keys, key)->excluded = true;
}

static const struct keys_slot *get(const struct keys *keys, struct key key)
{
	const struct keys_slot *slot = keys->capacity > 0 ? slot_of(keys, key) : NULL;

	return slot != NULL && slot->used ? slot : NULL;
}

bool keys_excluded(const struct keys *keys, struct key key)
{
	const struct keys_slot *slot = get(keys, key);

	if (slot != NULL && slot->excluded)
		return true;
	key.sub = 0;
	slot = get(keys, key);
	return slot != NULL && slot->excluded;
}

struct object *keys_resolve(const struct keys *keys, struct key key)
{
	for (size_t hop = 0; hop < HOPS; hop++) {
		const struct keys_slot *slot = get(keys, key);

		if (slot == NULL && key.sub != 0) {
			key.sub = 0;
			slot = get(keys, key);
		}
		if (slot == NULL)
			return NULL;
		if (slot->object != NULL)
			return slot->object;
		if (!slot->alias) {
			if (key.sub == 0)
				return NULL;
			key.sub = 0;
			continue;
		}
		key = slot->part_of;
	}
	return NULL;
}

bool keys_next(const char **text, struct key *key)
{
	char *end;

	if (*text == NULL || **text == '\0')
		return false;
	key->class = (unsigned)strtoul(*text, &end, 10);
	key->oid = (unsigned)strtoul(end + 1, &end, 10);
	key->sub = (int)strtol(end + 1, &end, 10);
	*text = end + strspn(end, " ");
	return true;
}
