/* describe: changes as people name them. Pure. */
#ifndef CORE_SCHEMA_DESCRIBE_H
#define CORE_SCHEMA_DESCRIBE_H

#include "core/schema/diff.h"

/* "primary key", where the kind is "constraint". */
const char *describe_kind(const struct object *object);

/* "added column 'users.email'", a line for each difference that a person would name. */
struct names describe_changes(struct arena *arena, const struct changes *changes);

#endif
