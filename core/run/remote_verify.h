/* remote_verify: whether the copies elsewhere are still what they were, and can be restored from. */
#ifndef CORE_RUN_REMOTE_VERIFY_H
#define CORE_RUN_REMOTE_VERIFY_H

#include "core/base/config.h"
#include "core/base/text.h"

/* One copy that is as it was sent. */
struct remote_verified {
	const char *place;	/* with the archive's name, without secrets */
	const char *level;	/* see backup/verify.h */
	long long size;		/* of the archive */
};

/* Fetches each of the copies with these ids, or every one, decrypts it, compares it with its manifest and
 * reads it to its end with pg_restore. `tell` is called for those that are good; the log names the
 * others. Nothing stays in [backup] directory, which has to have room for the largest. Without ids the
 * newest backup of [backup] directory that was sent has to be among them. Errors: STATUS_BACKUP where one
 * is broken or missing, there is none, or the place does not answer; STATUS_CONFIG where there is none
 * that can be read; a stop. */
MUST_CHECK bool remote_verify(struct arena *arena, const struct config *config,
    const struct names *ids, void (*tell)(const struct remote_verified *verified),
    struct error *err);

#endif
