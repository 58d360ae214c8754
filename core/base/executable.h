/* executable: becoming a program, and whether that would work, with reasons that say what to do.
 *
 * The kernel says "No such file or directory" of a script whose interpreter is missing, of one with CR LF
 * line ends, and of a program whose loader is missing, and execvp gives a program for another machine to
 * the shell. Here such a file is named, and what is wrong with it. */
#ifndef CORE_BASE_EXECUTABLE_H
#define CORE_BASE_EXECUTABLE_H

#include <stdbool.h>

#include "core/base/attr.h"
#include "core/base/error.h"

/* Whether executable_run would start something for `name`, and that would find what it needs itself: an
 * interpreter, what env(1) looks up, a loader. Errors: STATUS_NOT_FOUND for what is missing,
 * STATUS_NOT_EXECUTABLE for what is there. What cannot be seen is taken to be right. */
MUST_CHECK bool executable_check(const char *name, struct error *err);

/* Becomes `argv` as execvp does, a script without an interpreter line by /bin/sh. Returns only on failure,
 * with executable_check's errors or exec's own. */
bool executable_run(char *const *argv, struct error *err);

#endif
