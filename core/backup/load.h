/* load: the statements of an archive's table of contents, run in a database of which nothing else is in
 * use. One that fails is no error: it says why, and can be run again. */
#ifndef CORE_BACKUP_LOAD_H
#define CORE_BACKUP_LOAD_H

#include "core/backup/toc.h"
#include "core/base/clock.h"
#include "core/pg/crew.h"

struct load {
	struct arena *arena;
	struct crew crew;
	const char *settings[CREW_MAX];	/* what each session has SET */
	struct deadline by;
};

/* Sets the sessions of load->crew, which is open, as the script wants it, and a statement_timeout of what
 * is left until load->by. */
MUST_CHECK bool load_prepare(struct load *load, const char *preamble, struct error *err);

/* Runs the statements that are not done, in their order; indexes beside indexes, and keys beside keys.
 * Errors: the connection is lost, the time is over, a stop. */
MUST_CHECK bool load_run(
    struct load *load, struct toc_statement *const *some, size_t count, struct error *err);

/* Again, one after the other, those that are not done, with this search_path, until a round gains nothing.
 * The search_path is empty afterwards, as archives want it. */
MUST_CHECK bool load_again(struct load *load, const char *search_path,
    struct toc_statement *const *some, size_t count, struct error *err);

/* For the rest of the session; "": none. */
MUST_CHECK bool load_set_path(struct session *session, const char *path, struct error *err);

/* The session for whatever else is to be done. */
struct session *load_session(struct load *load);

/* Says no when the connection is lost, the time is over or a stop was asked for, which err then says. */
MUST_CHECK bool load_goes_on(const struct load *load, size_t worker, struct error *err);

#endif
