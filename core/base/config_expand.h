/* config_expand: variables of the environment, and the values that refer to them. For the config
 * module. */
#ifndef CORE_BASE_CONFIG_EXPAND_H
#define CORE_BASE_CONFIG_EXPAND_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/error.h"

struct variable {
	const char *name; /* NAME, or NAME_FILE if the value is the contents of that file */
	const char *value; /* NULL: neither is set */
	bool ambiguous; /* both are set; the value is NAME's */
};

/* What is empty counts as unset; a file's last newline is not part of the value. Error:
 * STATUS_CONFIG, naming the variable and the file. */
MUST_CHECK bool variable_read(
    struct arena *arena, const char *name, struct variable *variable, struct error *err);

/* Replaces ${NAME} and ${NAME:-default} by the variable, or by the default as it stands; "$${" is a
 * literal "${". Error: STATUS_CONFIG if NAME is unset and there is no default. */
MUST_CHECK bool expand_value(
    struct arena *arena, const char *raw, const char **value, struct error *err);

/* The same for a connection: what is put into a URL is percent-encoded (RFC 3986), and what is put
 * into a keyword string is escaped by backslashes (libpq, 34.1.1.1). A single ${…} that is the
 * whole value is the connection itself and stays as it is. */
MUST_CHECK bool expand_url(
    struct arena *arena, const char *raw, const char **value, struct error *err);

/* Replaces alembic.ini's %(here)s by the absolute path of `directory`, and %% by %. */
MUST_CHECK bool expand_here(struct arena *arena, const char *raw, const char *directory,
    const char **value, struct error *err);

#endif
