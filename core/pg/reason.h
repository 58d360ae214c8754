/* reason: what a failure to connect means for whoever waits. One table, pure. */
#ifndef CORE_PG_REASON_H
#define CORE_PG_REASON_H

#include <stddef.h>

#include "core/base/error.h"

enum verdict {
	VERDICT_RETRY,		/* waiting mends it */
	VERDICT_SLOWLY,		/* so it does, but asking makes it worse */
	VERDICT_GRACE,		/* initdb scripts may still create the database */
	VERDICT_FAIL,		/* only a person mends it */
	VERDICT_AS_IT_IS	/* not about the connection: the error says all there is */
};

struct reason {
	const char *sqlstate;	/* or its beginning; NULL: any */
	const char *text;	/* that the message has to contain; NULL: any */
	const char *word;	/* for a history: "refused 41 times" */
	enum verdict verdict;
	const char *hint;	/* NULL: the error's own */
};

/* Never NULL. The same pointer for the same reason. */
const struct reason *reason_of(const struct error *err);

/* How many reasons there are, and where in the table one stands. */
size_t reason_count(void);
size_t reason_index(const struct reason *reason);
const struct reason *reason_at(size_t index);

#endif
