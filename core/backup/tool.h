/* tool: which pg_dump and pg_restore are new enough.
 *
 * pg_dump refuses a server of a newer major than its own, pg_restore an archive of a newer
 * pg_dump. */
#ifndef CORE_BACKUP_TOOL_H
#define CORE_BACKUP_TOOL_H

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/error.h"

struct tool {
	const char *path;
	const char *version;	/* "15.18" */
	int major;		/* 15 */
};

struct tool_search {
	const char *name;	/* "pg_dump"; the setting is "[backup] pg_dump" */
	const char *setting;	/* a path or a name; then nothing else is looked at. NULL: unset */
	const char *beside;	/* a directory to look into first; NULL: none */
	const char *root;	/* of ROOT/N/bin; NULL: Debian's /usr/lib/postgresql */
	int major;		/* the least that will do */
	const char *because;	/* "the server has version 17.2" */
	struct deadline by;
};

/* Looks at the setting or else at `beside`, PATH and ROOT/N/bin from the lowest N that will do, and
 * takes the first program whose --version is high enough. Debian's pg_wrapper is taken only from
 * the setting: it runs nothing but ROOT/N/bin itself, chooses N by its own rules, and is slow (a
 * Perl script). Errors: STATUS_BACKUP with the versions found and the package to install; or a
 * stop. */
MUST_CHECK bool tool_find(
    struct arena *arena, const struct tool_search *search, struct tool *tool, struct error *err);

#endif
