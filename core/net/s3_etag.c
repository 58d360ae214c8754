#include <string.h>
#include <unistd.h>

#include "core/base/stop.h"
#include "core/net/s3.h"

#define PIECE ((size_t)256 << 10)

static bool hash_range(int fd, long long from, long long to, struct hash *hash, struct error *err)
{
	struct arena scratch = {0};
	char *buffer = arena_alloc(&scratch, PIECE);
	ssize_t length = 1;

	while (from < to && length > 0 && !stop_asked(err)) {
		length = pread(
		    fd, buffer, to - from < (long long)PIECE ? (size_t)(to - from) : PIECE, from);
		if (length > 0)
			hash_add(hash, buffer, (size_t)length);
		else
			error_errno(err, STATUS_FAILED, "can't read what was sent");
		from += length > 0 ? length : 0;
	}
	arena_free(&scratch);
	return from == to;
}

/* The MD5 of a range. */
static bool md5_range(int fd, long long from, long long to, char *hex, struct error *err)
{
	struct hash *hash = hash_md5();
	bool done;

	hex[0] = '\0';
	if (hash == NULL)
		return true;
	done = hash_range(fd, from, to, hash, err);
	hash_end(hash, hex);
	return done;
}

bool s3_etag(struct arena *arena, int fd, long long size, long long part, const char **etag,
    struct error *err)
{
	struct text digits = {.arena = arena};
	char hex[HASH_HEX_SIZE];
	struct hash *hash;
	int number = 0;

	*etag = NULL;
	if (part == 0) {
		if (!md5_range(fd, 0, size, hex, err))
			return false;
		*etag = hex[0] != '\0' ? arena_strdup(arena, hex) : NULL;
		return true;
	}
	for (long long at = 0; at < size; at += part, number++) {
		if (!md5_range(fd, at, at + part < size ? at + part : size, hex, err))
			return false;
		text_add(&digits, hex);
	}
	hash = hash_md5();
	if (hash == NULL)
		return true;
	s3_add_hex(hash, text_string(&digits));
	hash_end(hash, hex);
	*etag = arena_printf(arena, "%s-%d", hex, number);
	return true;
}
