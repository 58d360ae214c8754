/* body_refs: what functions name in their bodies, which the catalog does not say. Pure. */
#ifndef CORE_SCHEMA_BODY_REFS_H
#define CORE_SCHEMA_BODY_REFS_H

#include "core/schema/model.h"

/* Links each object that has a _body to the relations, types and functions whose names are words in
 * it: soft edges, that an order follows where it can. */
void body_refs_link(struct model *model);

/* Whether the text of `from` has the last part of the object's name as a word. */
bool body_refs_names(const struct object *from, const struct object *object);

#endif
