/* recover: a statement that ran outside of transactions, in a run that was ended before it could note
 * that in the journal, or in a try that failed. */
#ifndef CORE_APPLY_RECOVER_H
#define CORE_APPLY_RECOVER_H

#include "core/apply/concurrent.h"
#include "core/pg/scan.h"
#include "core/pg/session.h"

/* Whether an earlier run or try, if there was one, has done the statement: for CREATE INDEX CONCURRENTLY a valid index of the table
 * with that name, if it gives one, and the same definition, as an empty twin of the table shows; for
 * DROP INDEX CONCURRENTLY no such index; for DETACH PARTITION … CONCURRENTLY no such partition, after
 * finishing it where it is half done: the error is that one's. Not done is any other statement and what
 * cannot be seen: then the statement tells. Outside of a transaction. */
MUST_CHECK bool recover_done(struct session *session, struct arena *arena,
    const struct statement *statement, enum tried tried, bool *done, struct error *err);

#endif
