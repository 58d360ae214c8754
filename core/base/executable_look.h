/* executable_look: what exec would make of one file. For executable.c. */
#ifndef CORE_BASE_EXECUTABLE_LOOK_H
#define CORE_BASE_EXECUTABLE_LOOK_H

#include "core/base/error.h"

enum look {
	LOOK_GOOD,
	LOOK_ABSENT,	/* there is no such file: in PATH the next one is tried */
	LOOK_NEXT,	/* there is, but exec says that it is not found or not permitted, and so the same */
	LOOK_END	/* exec fails otherwise, or what it starts does */
};

/* `err` says what is wrong of the file, without its name. `depth` counts the files whose interpreter it is:
 * 0, or what was given to executable_search. */
enum look executable_look(const char *path, unsigned depth, struct error *err);

/* Whether /bin/sh is to run it: a text without an interpreter line. */
bool executable_is_script(const char *path);

/* The same of what a name without a slash stands for in PATH: executable.c's. */
enum look executable_search(const char *name, unsigned depth, struct error *err);

#endif
