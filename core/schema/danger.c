#include "core/schema/danger.h"

#include <string.h>

#define NULLS "SELECT * FROM ${_table} WHERE ${_ident} IS NULL"
#define TWICE                                                                                      \
	"SELECT ${_refuses}, count(*) FROM ${_table}[ WHERE ${predicate}] GROUP BY ${_refuses}"    \
	" HAVING count(*) > 1[ AND num_nulls(${_unless_null}) = 0]"
#define UNFIT "${_unfit}"

const struct danger danger_rows[] = {
    {DANGER_REWRITE, "rewrite", NULL},
    {DANGER_ZONE, "rewrite", NULL},
    {DANGER_SCAN, "blocking-scan", NULL},
    {DANGER_NOT_NULL, "set-not-null", NULLS},
    {DANGER_NO_VALUE, "not-null-without-default", NULL},
    {DANGER_INDEX, "blocking-index", TWICE},
    {DANGER_UNIQUE, "blocking-unique", TWICE},
    {DANGER_CHECK, "validating-constraint", UNFIT},
    {DANGER_REFERENCE, "validating-constraint", UNFIT},
    {DANGER_VALIDATE, NULL, UNFIT},
    {DANGER_ATTACH, "validating-attach", NULL},
    {DANGER_DETACH, "blocking-detach", NULL},
    {DANGER_DROP_INDEX, "blocking-drop-index", NULL},
    {DANGER_REINDEX, "blocking-index", NULL},
    {DANGER_DOMAIN, "blocking-scan", NULL},
    {DANGER_RENAME, "rename", NULL},
    {DANGER_JSON, "json-column", NULL},
};

const size_t danger_count = COUNT(danger_rows);

const struct danger *danger_find(const char *says)
{
	for (size_t i = 0; i < danger_count; i++)
		if (strcmp(danger_rows[i].says, says) == 0)
			return &danger_rows[i];
	return NULL;
}

void danger_warn_finds(struct text *out, const char *query)
{
	text_add(out, "-- may fail, where this finds rows: ");
	for (const char *end; (end = strchr(query, '\n')) != NULL; query = end + 1)
		text_printf(out, "%.*s\n-- ", (int)(end - query), query);
	text_printf(out, "%s\n", query);
}
