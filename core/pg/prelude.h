/* prelude: our settings (core/pg/guc.h) before the first exchange of a session, in the same message.
 *
 * In a transaction of its own, so that they stay whatever becomes of what follows. Behind a pooler, where
 * each transaction may have another backend, they go along with each one and end with it. For the files
 * of core/pg that send something. */
#ifndef CORE_PG_PRELUDE_H
#define CORE_PG_PRELUDE_H

#include "core/pg/session.h"

/* Whether they have to go before the next query: not within a transaction. */
bool prelude_due(const struct session *session);

/* As session_query, where it is due. Commands that cannot share a message with others are sent after a
 * round trip for the settings, or behind a pooler without them. A server that refuses the settings gets
 * the query without. */
MUST_CHECK bool prelude_query(struct session *session, struct arena *arena,
    const struct query *query, struct rows *rows, struct error *err);

/* The queries of a pipeline, with the settings among them where they have to go along: after a BEGIN.
 * Lives in the arena. */
const struct query *prelude_among(struct arena *arena, const struct session *session,
    const struct query *queries, size_t *count);

#endif
