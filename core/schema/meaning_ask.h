/* meaning_ask: questions to the server about expressions, in a transaction that writes nothing. */
#ifndef CORE_SCHEMA_MEANING_ASK_H
#define CORE_SCHEMA_MEANING_ASK_H

#include "core/pg/session.h"

struct meaning_talk {
	struct session *session;
	struct arena *arena;
	bool open;	/* there is a transaction: meaning_end rolls it back */
};

/* Whether the server takes it; what its answer is goes to *answer, and why it does not to *why, if they are not
 * NULL. Errors: the connection is lost. */
MUST_CHECK bool meaning_ask(struct meaning_talk *talk, const char *sql, bool *taken,
    const char **answer, const char **why, struct error *err);

void meaning_end(struct meaning_talk *talk);

#endif
