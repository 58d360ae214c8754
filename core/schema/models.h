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
#include "core/base/text.h"

/* A piece of SQL. */
struct models_part {
	const char *path;	/* for errors */
	const char *sql;
	size_t length;
};

struct models {
	struct models_part *parts;
	size_t count, capacity;
	const char *url;	/* a database instead; NULL: none */
	bool partial;		/* SQLAlchemy's: views, functions … cannot be in it */
	struct names warnings;
};

/* Errors, STATUS_CONFIG: no source, or one that cannot be read; what Python said in the detail. */
MUST_CHECK bool models_read(struct arena *arena, const char *source, const char *python,
    struct models *models, struct error *err);

#endif
