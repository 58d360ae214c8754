#include "core/schema/meaning_ask.h"

/* A time zone that nobody takes for UTC, so that what depends on it is seen to. */
#define BEGIN "BEGIN READ ONLY; SET LOCAL timezone = 'Asia/Kathmandu'; SAVEPOINT asked"

bool meaning_ask(struct meaning_talk *talk, const char *sql, bool *taken, const char **answer,
    const char **why, struct error *err)
{
	struct error refused = {0};
	struct rows rows;

	if (!talk->open && !session_run(talk->session, BEGIN, err))
		return false;
	talk->open = true;
	*taken = session_query(
	    talk->session, talk->arena, &(struct query){.sql = sql}, &rows, &refused);
	if (*taken && answer != NULL)
		*answer = rows_get(&rows, 0, 0);
	if (!*taken && why != NULL)
		*why = arena_strdup(talk->arena, refused.message);
	return session_run(talk->session, "ROLLBACK TO asked", err);
}

void meaning_end(struct meaning_talk *talk)
{
	if (talk->open)
		session_rollback(talk->session);
	talk->open = false;
}
