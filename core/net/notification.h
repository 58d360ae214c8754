/* notification: what is sent to people who are not looking at the log. Plain data; nothing in it is secret. */
#ifndef CORE_NET_NOTIFICATION_H
#define CORE_NET_NOTIFICATION_H

#include "core/backup/manifest.h"
#include "core/base/config.h"
#include "core/base/trace.h"

enum notice_event {
	NOTICE_START,	/* something is about to be applied */
	NOTICE_SUCCESS,
	NOTICE_FAILURE
};

struct notification {
	enum notice_event event;
	const char *database;	/* URL without its password; NULL: it is not known which */
	const char *name;	/* of the database; never NULL */
	const char *host;	/* where this runs */
	struct names from, to;	/* revisions of the database before and after */
	struct names planned;	/* what was to be applied; empty: nothing was */
	struct names applied;	/* of these, what was */
	const struct error *err;	/* NOTICE_FAILURE */
	const struct manifest *backup;	/* the newest; NULL: none is known */
	bool backed_up;		/* it was taken by this run */
	const char *way_back;	/* id of the backup to restore; NULL: there is nothing to go back from */
	const struct trace *trace;
};

#endif
