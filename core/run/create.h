/* create: a new migration file: empty, a merge of branches, or with the SQL it is given. Needs no database. */
#ifndef CORE_RUN_CREATE_H
#define CORE_RUN_CREATE_H

#include "core/revision/graph.h"

struct create {
	const struct graph *graph;
	const char *id;		/* NULL: twelve hexadecimal digits, at random */
	const char *message;	/* NULL: none */
	const char *date;	/* now */
	struct names heads;	/* what it revises, as the user wrote it */
	struct names labels, depends;	/* as the user wrote them */
	bool splice;		/* it may revise what is no head */
	const char *up, *down;	/* its SQL; NULL: empty */
	bool no_transaction;	/* both parts run outside a transaction */
};

/* Writes the file and returns its name. Errors, in Alembic's words: STATUS_CONFIG, STATUS_USAGE;
 * nothing is written then. */
MUST_CHECK bool create_revision(
    struct arena *arena, const struct create *create, const char **path, struct error *err);

#endif
