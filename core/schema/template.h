/* template: statements from the templates of kinds_*.c; kind.h says how they read. Pure. */
#ifndef CORE_SCHEMA_TEMPLATE_H
#define CORE_SCHEMA_TEMPLATE_H

#include "core/schema/model.h"

/* What the names in a template stand for. */
struct frame {
	const struct object *old, *new;	/* old may be NULL */
	const char *attribute;		/* of ${old} and ${new} */
	const char *item;		/* of a list; ${key} is its beginning, up to "=" or a space */
	const char *self;		/* ${self}: the object as its kind folds it */
	const char *parts;		/* ${*} */
	bool only;			/* ${only} */
};

/* False if a value that is not in brackets is NULL, so that what was written is no statement. */
bool template_write(struct text *out, const char *template, const struct frame *frame);

#endif
