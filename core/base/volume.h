/* volume: whether what is written to a directory outlives the container. */
#ifndef CORE_BASE_VOLUME_H
#define CORE_BASE_VOLUME_H

#include <stdbool.h>

/* The directory, or the nearest above it that is there, is in a volume to which nobody gave a name: Docker and
 * Podman call it by 64 hexadecimal digits, and remove it with a container of `run --rm`. `root` stands before /proc:
 * "" but in tests. */
bool volume_is_anonymous(const char *root, const char *directory);

#endif
