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
