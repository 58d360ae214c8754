/* options: the command line. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include "cmd/command.h"

/* Options that every command takes, beside the settings; ends with a name of NULL. Those without help are
 * accepted for Alembic's sake. */
#define OPTIONS_GLOBAL 8
extern const struct option options_global[OPTIONS_GLOBAL + 1];

struct options {
	const struct command *command;	/* NULL: none was named */
	struct config_flags flags;
	const char *values[MAX_OPTIONS];
	char **args;
	size_t arg_count;
	bool help, version, json, quiet;
};

/* Long options may be shortened as long as they stay unique; "-1" and "-2:" are revisions, not
 * options. Errors: STATUS_USAGE, with the nearest option's name. */
MUST_CHECK bool options_parse(
    struct arena *arena, int argc, char **argv, struct options *options, struct error *err);

#endif
