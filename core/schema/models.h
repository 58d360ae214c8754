/* models: the wanted schema as SQL, from [models] source:
 *
 *   python:database.models:Base   SQLAlchemy's models, in the python3 of this place
 *   schema.sql, schema/           files of SQL, those of a directory in the order of their names
 *   command:bin/print-ddl         what a shell command prints
 *   postgresql://…                another database, which is read as it is */
#ifndef CORE_SCHEMA_MODELS_H
#define CORE_SCHEMA_MODELS_H

#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/process.h"
#include "core/base/text.h"

/* A piece of SQL; of SQLAlchemy's models one statement. What begins with a dot is in no schema of its own. */
struct models_part {
	const char *path;	/* for errors */
	const char *sql;
	size_t length;
	const char *kind, *name; /* of what it makes: "index", "app.ix"; NULL: it does not say */
	struct names pieces; /* that it can do without: "310 32 default app.t.id", where and how long, and its kind and name */
};

struct models {
	const char *source;
	const char *url;	/* a database instead; NULL: none */
	bool partial;		/* SQLAlchemy's: views, functions … cannot be in it */
	struct names stated;	/* defaults that SQLAlchemy's give: "index i predicate"; see silence */
	struct names files;	/* that are still to be read, from `next` on */
	size_t next;
	struct names schemas;	/* stand-ins and what they stand for: "migrate_shadow_0123456789ab_1_ app" */
	size_t tables;		/* that SQLAlchemy's have, so far */
	struct names left;	/* that are not to be compared: "table .users" */
	struct process process;	/* what prints it */
	struct child *child;	/* while it runs; NULL: none does */
};

/* Is it a database, which is read as it is and not loaded? */
bool models_are_database(const char *source);

/* What to start. */
struct models_start {
	const char *source, *python;
	const char *current;	/* the quoted schema of what SQLAlchemy's models give none */
	const char *stand_in;	/* where that is put instead, so that others are told too; NULL: nowhere else */
};

/* Starts the program that prints the models, if it is one, so that other things can be done while it
 * runs; url and partial are known then. Errors, STATUS_CONFIG: no source, or one that is not there. */
MUST_CHECK bool models_start(struct arena *arena, const struct models_start *start,
    struct models *models, struct error *err);

/* The next piece, as soon as there is one; at the end its sql is NULL. Not for a url. Errors,
 * STATUS_CONFIG: it cannot be read; what Python said in the detail. */
MUST_CHECK bool models_next(
    struct arena *arena, struct models *models, struct models_part *part, struct error *err);

/* Ends a program that still runs. */
void models_close(struct models *models);

#endif
