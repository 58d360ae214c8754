/* hash: SHA-256, from OpenSSL's EVP. */
#ifndef CORE_BASE_HASH_H
#define CORE_BASE_HASH_H

#include <stddef.h>

#include "core/base/error.h"

#define HASH_HEX_SIZE 65	/* 64 digits and the terminator */

struct hash;

struct hash *hash_new(void);
void hash_add(struct hash *hash, const void *data, size_t length);

/* Writes the digest in hexadecimal and frees the hash. */
void hash_end(struct hash *hash, char hex[HASH_HEX_SIZE]);

/* The digest of a whole file, read in pieces; stops when a stop is asked for. */
MUST_CHECK bool hash_file(const char *path, char hex[HASH_HEX_SIZE], struct error *err);

#endif
