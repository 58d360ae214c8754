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

/* A piece of SQL. */
struct models_part {
	const char *path;	/* for errors */
	const char *sql;
	size_t length;
};

struct models {
	const char *source;
	const char *url;	/* a database instead; NULL: none */
	bool partial;		/* SQLAlchemy's: views, functions … cannot be in it */
	struct names stated;	/* defaults that SQLAlchemy's give: "index i predicate"; see silence */
	struct names files;	/* that are still to be read, from `next` on */
	size_t next;
	struct process process;	/* what prints it */
	struct child *child;	/* while it runs; NULL: none does */
};

/* Is it a database, which is read as it is and not loaded? */
bool models_are_database(const char *source);

/* Starts the program that prints the models, if it is one, so that other things can be done while it
 * runs; url and partial are known then. Errors, STATUS_CONFIG: no source, or one that is not there. */
MUST_CHECK bool models_start(struct arena *arena, const char *source, const char *python,
    struct models *models, struct error *err);

/* The next piece, as soon as there is one; at the end its sql is NULL. Not for a url. Errors,
 * STATUS_CONFIG: it cannot be read; what Python said in the detail. */
MUST_CHECK bool models_next(
    struct arena *arena, struct models *models, struct models_part *part, struct error *err);

/* Ends a program that still runs. */
void models_close(struct models *models);

#endif
