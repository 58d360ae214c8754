/* toc: the table of contents of an archive, and the statements that make what it names: both as
 * pg_restore writes them. Pure. */
#ifndef CORE_BACKUP_TOC_H
#define CORE_BACKUP_TOC_H

#include "core/base/error.h"
#include "core/base/text.h"

struct toc_entry {
	const char *id;			/* "3379" */
	const char *type, *name, *schema;	/* "TABLE", "users", "public"; schema "-": in none */
};

struct toc_statement {
	const struct toc_entry *entry;
	const char *sql;		/* terminated */
	const char *settings;		/* what is to be SET before; "": nothing */
	bool done;
	const char *reason;		/* why it failed the last time it was run */
	char sqlstate[6];
};

/* What `pg_restore --verbose --file=-` writes. */
struct toc_script {
	const char *preamble;		/* SET client_encoding and its like */
	struct toc_statement *statements;
	size_t count, capacity;
	struct names ids;		/* of its entries, also of those without a statement */
};

/* Errors: STATUS_BACKUP, where it is none. `script` is written to, and has to stay. */
MUST_CHECK bool toc_read(
    struct arena *arena, char *script, struct toc_script *read, struct error *err);

/* The script without \restrict and \unrestrict, which are psql's: pg_dump 15.14 and later enclose it in
 * them. */
char *toc_strip_restrict(char *script);

/* The lines of `pg_restore --list` that name an entry. */
struct names toc_lines(struct arena *arena, const char *list);

/* "3379; 0 16385 TABLE DATA public users bot": is it of this type? And, its id. */
bool toc_line_is(const char *line, const char *type);
const char *toc_line_id(struct arena *arena, const char *line);

#endif
