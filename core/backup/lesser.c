#include "core/backup/lesser.h"

#include <string.h>

#define CREATE "CREATE FUNCTION "
#define LANGUAGE "\n    LANGUAGE " /* as pg_dump begins the line that says LEAKPROOF */
#define WORD " LEAKPROOF"

/* The statement without the word, NULL where it is not in it. */
static const char *without(struct arena *arena, const char *sql)
{
	const char *line = strstr(sql, LANGUAGE), *end, *word;

	if (!text_starts(sql, CREATE) || line == NULL)
		return NULL;
	end = strchr(line + 1, '\n');
	word = strstr(line, WORD);
	if (word == NULL || (end != NULL && word > end))
		return NULL;
	return arena_printf(arena, "%.*s%s", (int)(word - sql), sql, word + strlen(WORD));
}

bool lesser_make(struct load *load, struct toc_statement *const *some, size_t count,
    struct left_out *left, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct toc_statement *statement = some[i];
		const char *sql = statement->done || strcmp(statement->sqlstate, "42501") != 0
				      ? NULL
				      : without(load->arena, statement->sql);
		struct error why = {0};
		struct left_out_item item = {.type = "LEAKPROOF"};

		if (sql == NULL)
			continue;
		statement->done = session_run(load_session(load), sql, &why);
		if (!load_goes_on(load, 0, err))
			return false;
		if (!statement->done)
			continue;
		item.name = arena_printf(
		    load->arena, "of %s.%s", statement->entry->schema, statement->entry->name);
		item.sql = arena_printf(load->arena, "CREATE OR REPLACE FUNCTION %s;\n",
		    statement->sql + strlen(CREATE));
		left_out_why(&item, statement->reason, statement->sqlstate);
		left_out_add(load->arena, left, &item);
	}
	return true;
}
