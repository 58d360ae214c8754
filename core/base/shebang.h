/* shebang: a script's first line, "#! INTERPRETER ARGUMENT", read as Linux reads it. Pure. */
#ifndef CORE_BASE_SHEBANG_H
#define CORE_BASE_SHEBANG_H

#include <stdbool.h>
#include <stddef.h>

#define SHEBANG_SIZE 256 /* as much of a file as Linux looks at (BINPRM_BUF_SIZE) */

struct shebang {
	char interpreter[SHEBANG_SIZE];
	char argument[SHEBANG_SIZE]; /* all that follows is one; empty: there is none */
};

/* `head` is the beginning of the file. False: there is no such line, or none that names an interpreter,
 * and the kernel does not know the file (ENOEXEC). */
bool shebang_read(const char *head, size_t length, struct shebang *shebang);

/* The program that "#!/usr/bin/env …" looks up in PATH; *name is empty where that is not for us to tell. False:
 * it is another interpreter. */
bool shebang_env(const struct shebang *shebang, char name[SHEBANG_SIZE]);

/* Whether a CR at the end of the argument would be an option that the interpreter does not know. */
bool shebang_chokes(const struct shebang *shebang);

#endif
