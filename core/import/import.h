/* import: migrations that were written for another tool become files of ours, all of them or none.
 *
 * An importer (import_alembic.c) fills a struct import; what is common to all stands here: texts,
 * names, the check that the files say what was meant, and the directory. */
#ifndef CORE_IMPORT_IMPORT_H
#define CORE_IMPORT_IMPORT_H

#include "core/revision/graph.h"

/* What one direction runs. */
struct import_part {
	const char *sql;	/* "" for nothing */
	const char *why;	/* NULL: the SQL is all of it; otherwise the part fails with this text */
	bool by_hand;		/* and people have to write what is missing */
};

struct import_item {
	/* id, message, date, parents, depends, labels, and the transaction of the two parts;
	 * import_write sets its path */
	struct revision revision;
	struct import_part up, down;
};

struct import {
	const char *from;	/* where it was read, for messages: "Alembic 1.13.1" */
	struct import_item *items;	/* in the order they are to be listed */
	size_t count, capacity;
	struct names warnings;	/* what people should look at */
};

/* What the command line says beside the place. */
struct import_options {
	const char *python;	/* NULL: python3 in PATH */
	bool without_env;	/* do not run env.py */
	const char *section;	/* of alembic.ini; NULL: alembic */
	struct names x;		/* what env.py gets with -x */
};

/* Reads from `place`, NULL for the usual one. */
typedef bool import_reader(struct arena *arena, const char *place,
    const struct import_options *options, struct import *import, struct error *err);

void import_add(struct arena *arena, struct import *import, const struct import_item *item);

/* How many parts people have to write. */
size_t import_by_hand(const struct import *import);

/* The graph of the items. Errors as graph_build's. */
MUST_CHECK bool import_graph(
    struct arena *arena, const struct import *import, struct graph *graph, struct error *err);

/* Writes a file for each item into `directory`, which is made if it is missing and may hold other
 * revisions, but none of these. The files are read back and compared before any of them gets its
 * name. Errors: STATUS_CONFIG for what cannot stand in a file or in one graph, and for ids that are
 * there already; STATUS_FAILED for what cannot be written. Then nothing is left. */
MUST_CHECK bool import_write(
    struct arena *arena, const char *directory, struct import *import, struct error *err);

#endif
