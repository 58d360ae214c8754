#include "core/schema/refuse.h"

#include "core/schema/describe.h"
#include "core/schema/kind.h"

static void add(
    struct arena *arena, const struct change *change, const char *why, struct names *all)
{
	const char *line;

	if (why == NULL)
		return;
	line = arena_printf(arena, "%s %s cannot be changed: %s", describe_kind(change->new),
	    object_shown(arena, change->new), why);
	if (!names_has(all, line))
		names_add(arena, all, line);
}

bool refuse_changes(struct arena *arena, const struct changes *changes, struct error *err)
{
	struct names all = {0};

	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->items[i];

		for (size_t k = 0; k < change->attributes.count; k++) {
			const struct rule *rule
			    = kind_rule(change->new->kind, change->attributes.items[k]);

			if (rule != NULL && rule->refuses != NULL)
				add(arena, change, rule->refuses(arena, change->old, change->new),
				    &all);
		}
	}
	if (all.count == 0)
		return true;
	error_set(err, STATUS_CONFIG, "%s", all.items[0]);
	if (all.count > 1)
		error_detail(err, "%s", names_join(arena, &all, "\n"));
	return error_hint(err, "Make this change by hand, in a migration that is applied first: "
			       "migrate revision -m \"…\"");
}

/* Whether the models can say how it shall be. */
static bool is_of_models(const struct object *kept)
{
	return (kept->kind->flags & KIND_MODELS) != 0;
}

bool refuse_kept(struct arena *arena, const struct object *kept, const struct object *column,
    const char *why, struct error *err)
{
	const char *shown = object_shown(arena, kept);

	error_set(err, STATUS_CONFIG, "%s %s cannot be kept while column %s becomes %s",
	    describe_kind(kept), shown, object_shown(arena, column), object_get(column, "type"));
	error_detail(err, "%s", why);
	if (is_of_models(kept))
		return error_hint(err,
		    "Say in the models how it shall be, or let go of it: --models-drop %s",
		    text_shell(arena, shown));
	return error_hint(err,
	    "Leave the column as it is in the models; or apply a migration first "
	    "that drops what is kept, or lets it go with both types: "
	    "migrate revision -m \"…\"");
}
