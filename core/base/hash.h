/* hash: SHA-256, and MD5 for comparison, from OpenSSL's EVP. */
#ifndef CORE_BASE_HASH_H
#define CORE_BASE_HASH_H

#include <stddef.h>

#include "core/base/error.h"

#define HASH_HEX_SIZE 65	/* 64 digits and the terminator */

struct hash;

struct hash *hash_new(void);

/* "OpenSSL 3.0.15 3 Sep 2024", of the library that runs. */
const char *hash_library(void);

/* MD5, which servers tell of what they were sent: against accidents alone. NULL where OpenSSL has
 * none. hash_end gives 32 digits. */
struct hash *hash_md5(void);
void hash_add(struct hash *hash, const void *data, size_t length);

/* Writes the digest in hexadecimal and frees the hash. */
void hash_end(struct hash *hash, char hex[HASH_HEX_SIZE]);

/* HMAC-SHA-256 of a text by a key (RFC 2104), in hexadecimal. */
void hash_hmac(const char *key, const char *text, char hex[HASH_HEX_SIZE]);

/* The digest of a whole file, read in pieces; stops when a stop is asked for. */
MUST_CHECK bool hash_file(const char *path, char hex[HASH_HEX_SIZE], struct error *err);

#endif
