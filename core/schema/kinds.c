#include <stdlib.h>
#include <string.h>

#include "core/schema/kind_rows.h"

const struct kind *const schema_kinds[] = {
#define KIND(name) &kind_of_##name,
#include "core/schema/kinds.h"
#undef KIND
};
const size_t schema_kind_count = COUNT(schema_kinds);

static const struct rule common[] = {
    {
	.attribute = "comment",
	.set = "COMMENT ON ${on} IS ${new}",
	.reset = "COMMENT ON ${on} IS NULL",
	.flags = RULE_AFTER,
    },
    {
	.attribute = "owner",
	.set = "ALTER ${on} OWNER TO ${new}",
	.reset = "ALTER ${on} OWNER TO CURRENT_USER",
	.flags = RULE_AFTER,
    },
    {0},
};

const struct kind *kind_named(const char *name)
{
	size_t i = 0;

	while (strcmp(schema_kinds[i]->name, name) != 0)
		if (++i == schema_kind_count)
			abort(); /* a misspelt name in this program */
	return schema_kinds[i];
}

static const struct rule *find(const struct rule *rules, const char *attribute)
{
	for (; rules != NULL && rules->attribute != NULL; rules++)
		if (strcmp(rules->attribute, attribute) == 0)
			return rules;
	return NULL;
}

const struct rule *kind_rule(const struct kind *kind, const char *attribute)
{
	const struct rule *own = find(kind->rules, attribute);

	return own != NULL ? own : find(common, attribute);
}

bool kind_sets_online(const struct rule *rule, const struct object *object)
{
	return rule->online != NULL
	       && (rule->online_where == NULL || object_get(object, rule->online_where) != NULL);
}
