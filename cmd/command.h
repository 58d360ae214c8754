/* command: what a command file exports, and what it is given. */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "core/apply/database.h"
#include "core/base/config.h"
#include "core/base/terminal.h"

/* What a command needs before it runs; cmd/migrate.c provides it. */
enum need {
	NEED_CONFIG = 1 << 0,
	NEED_GRAPH = 1 << 1 | NEED_CONFIG,
	NEED_DATABASE = 1 << 2 | NEED_CONFIG
};

/* An option of one command. The settings' flags are everybody's and stand in no list. */
struct option {
	const char *name;	/* without "--" */
	char letter;		/* 0: none */
	const char *arg;	/* what follows, as help shows it; NULL: nothing does. Ends in "…": the
				   option may be given often, and its values stand in lines */
	const char *help;
};

#define MAX_OPTIONS 16
#define MAX_EXAMPLES 4

/* A line as it is typed, which tests/e2e/help.t runs, and what it is for. */
struct example {
	const char *line, *means;
};

struct context;

struct command {
	const char *name, *summary;
	const char *args;	/* as the usage line shows them, and completion understands them: what is in
				   capitals stands for something, a word in small letters for itself */
	const char *help;	/* paragraphs for `help COMMAND`, each a line; what is indented is verbatim */
	struct example examples[MAX_EXAMPLES];	/* two at least; ends with a line of NULL */
	unsigned needs;
	struct option options[MAX_OPTIONS + 1];	/* ends with a name of NULL */
	size_t min_args, max_args;
	bool pages;	/* its answer may be long: on a terminal it goes through a pager */
	bool writes;	/* to the database: a standby will not do */
	bool takes_program;	/* the first argument, or all behind "--", are another program's */
	bool starts_container;	/* its failure is what Kubernetes shows of the container */
	bool (*run)(struct context *context, struct error *err);
};

struct context {
	struct arena *arena;
	const struct command *command;
	const struct config_flags *flags;
	const struct config *config;	/* NEED_CONFIG */
	struct graph graph;		/* NEED_GRAPH */
	struct database database;	/* NEED_DATABASE; open */
	const char *values[MAX_OPTIONS];	/* by option; "" for one without argument */
	char **args;			/* ends in NULL */
	size_t arg_count;
	bool json;			/* --json */
	struct terminal terminal;	/* where the answer goes, in the end */
};

/* An option's value, NULL if it was not given. */
const char *context_option(const struct context *context, const char *name);
bool context_has(const struct context *context, const char *name);

/* As context_option, but "" if it was not given. */
const char *context_list(const struct context *context, const char *name);

/* For commands that ask the database only now and then: opens it now. */
MUST_CHECK bool context_open(struct context *context, struct error *err);

/* The revisions the open database is at; fails as database_current does. */
MUST_CHECK bool context_current(
    struct context *context, struct nodes *current, struct error *err);

/* All commands, in the order of help; NULL at the end. */
extern const struct command *const commands[];

/* NULL and err, with the nearest name as the hint, if there is none. */
const struct command *command_find(const char *name, struct error *err);

#endif
