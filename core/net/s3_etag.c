#include "core/net/piece.h"
#include "core/net/s3.h"

/* The MD5 of a range. */
static bool md5_range(int fd, long long from, long long to, char *hex, struct error *err)
{
	const struct http_piece piece = {.fd = fd, .offset = from, .length = to - from};
	struct hash *hash = hash_md5();
	bool done;

	hex[0] = '\0';
	if (hash == NULL)
		return true;
	done = piece_add(&piece, hash, err);
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
