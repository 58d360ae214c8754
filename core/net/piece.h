/* piece: the hash of a part of a file that goes somewhere. */
#ifndef CORE_NET_PIECE_H
#define CORE_NET_PIECE_H

#include "core/base/hash.h"
#include "core/net/http.h"

/* Adds its bytes. Errors: STATUS_FAILED; a stop. */
MUST_CHECK bool piece_add(const struct http_piece *piece, struct hash *hash, struct error *err);

/* Its SHA-256. */
MUST_CHECK bool piece_hash(
    const struct http_piece *piece, char sha256[HASH_HEX_SIZE], struct error *err);

#endif
