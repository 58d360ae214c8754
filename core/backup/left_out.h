/* left_out: what of an archive is not in the database that it was restored into, and how it gets there. */
#ifndef CORE_BACKUP_LEFT_OUT_H
#define CORE_BACKUP_LEFT_OUT_H

#include "core/backup/toc.h"

#define LEFT_OUT_SUFFIX ".missing.sql"	/* behind the archive's name: the script that makes it */

struct left_out_item {
	const char *type, *name;	/* "INDEX", "public.users_name"; pg_dump's words */
	const char *reason;
	const char *sql;		/* what makes it; ends in a newline */
	bool harmless;			/* an application works without it */
	bool denied;			/* another role might make it */
	bool violated;			/* the rows are not as it demands */
};

struct left_out {
	struct left_out_item *items;
	size_t count, capacity;
	const char *encoding;		/* of their sql, as a SET */
	const char *script;		/* a file that makes all of them; NULL: there is none */
};

/* Sets the item's reason and what kind of one it is. */
void left_out_why(struct left_out_item *item, const char *reason, const char *sqlstate);

void left_out_add(struct arena *arena, struct left_out *left, const struct left_out_item *item);

/* Adds the entries of which a statement is not done. */
void left_out_collect(struct arena *arena, struct left_out *left,
    struct toc_statement *const *statements, size_t count);

bool left_out_harmless(const struct left_out *left);

/* Is one denied, is one violated? */
bool left_out_denied(const struct left_out *left);
bool left_out_violated(const struct left_out *left);

/* A line for each in the log, of many the first. */
void left_out_log(const struct left_out *left);

/* Writes a script for psql into this file, or removes it where nothing was left out. `about` is what it is of,
 * for its first line. Sets left->script; a failure is logged. */
void left_out_write(struct arena *arena, struct left_out *left, const char *path,
    const char *about, const char *search_path);

#endif
