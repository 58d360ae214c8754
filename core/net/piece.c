#include "core/net/piece.h"

#include <unistd.h>

#include "core/base/stop.h"

#define BUFFER ((size_t)256 << 10)

bool piece_add(const struct http_piece *piece, struct hash *hash, struct error *err)
{
	struct arena scratch = {0};
	char *buffer = arena_alloc(&scratch, BUFFER);
	long long at = 0;
	ssize_t length = 1;

	while (at < piece->length && length > 0 && !stop_asked(err)) {
		long long left = piece->length - at;

		length = pread(piece->fd, buffer, left < (long long)BUFFER ? (size_t)left : BUFFER,
		    piece->offset + at);
		if (length > 0)
			hash_add(hash, buffer, (size_t)length);
		else
			error_errno(err, STATUS_FAILED, "cannot read what is to be sent");
		at += length > 0 ? length : 0;
	}
	arena_free(&scratch);
	return at == piece->length;
}

bool piece_hash(const struct http_piece *piece, char sha256[HASH_HEX_SIZE], struct error *err)
{
	struct hash *hash = hash_new();
	bool added = piece_add(piece, hash, err);

	hash_end(hash, sha256);
	return added;
}
