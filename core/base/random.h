/* random: names and ids that nobody guesses and nobody else has. */
#ifndef CORE_BASE_RANDOM_H
#define CORE_BASE_RANDOM_H

#include <stddef.h>

#include "core/base/arena.h"

/* So many bytes, at most 256, as hexadecimal digits. */
const char *random_hex(struct arena *arena, size_t bytes);

#endif
