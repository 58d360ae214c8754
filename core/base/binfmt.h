/* binfmt: kinds of files that this machine starts by an emulator or an interpreter: binfmt_misc, in the
 * kernel's documentation under admin-guide. */
#ifndef CORE_BASE_BINFMT_H
#define CORE_BASE_BINFMT_H

#include <stdbool.h>
#include <stddef.h>

#define BINFMT_DIRECTORY "/proc/sys/fs/binfmt_misc"

/* Whether an entry of the directory is for a file that is called so and begins so. False where the directory
 * says nothing, as in a container. */
bool binfmt_takes(const char *directory, const char *path, const char *head, size_t length);

#endif
