#include "core/base/random.h"

#include <stdlib.h>
#include <sys/random.h>

#include "core/base/text.h"

#define MOST 256

const char *random_hex(struct arena *arena, size_t bytes)
{
	unsigned char random[MOST];
	struct text out = {.arena = arena};

	if (bytes > MOST || getrandom(random, bytes, 0) != (ssize_t)bytes)
		abort(); /* cannot happen for so few bytes: getrandom(2) */
	for (size_t i = 0; i < bytes; i++)
		text_printf(&out, "%02x", random[i]);
	return text_string(&out);
}
