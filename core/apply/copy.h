/* copy: what a COPY … FROM STDIN of a script reads: from its text, or, where there is much of it, piece
 * by piece from its file, which must not have changed since it was split. */
#ifndef CORE_APPLY_COPY_H
#define CORE_APPLY_COPY_H

#include "core/apply/script.h"
#include "core/pg/session.h"

struct copy {
	const struct script *script;
	struct script_bulk *bulk;	/* NULL: the data stand in the text */
	const struct statement *statement;
	size_t done;			/* bytes that were given out */
	int fd;
	struct hash *hash;
	bool carriage;			/* the last piece ended with a CR */
	struct arena arena;		/* the piece's */
	char *piece;
};

/* To be closed unless it fails. The statement, one of the script's, has data. */
MUST_CHECK bool copy_open(struct copy *copy, const struct script *script,
    const struct statement *statement, struct error *err);

/* A session_feed's `next`, `context` being a struct copy. Having given out everything it fills the data's
 * digest into the script's text, or fails if another one stands there. */
MUST_CHECK bool copy_next(
    void *context, const char **piece, size_t *length, struct error *err);

void copy_close(struct copy *copy);

#endif
