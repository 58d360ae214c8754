/* s3: requests to a bucket, signed by libcurl. For the s3 store and its multipart uploads. */
#ifndef CORE_NET_S3_H
#define CORE_NET_S3_H

#include "core/base/hash.h"
#include "core/net/credentials.h"
#include "core/net/store.h"

struct s3 {
	const char *url;	/* of the bucket, without the last "/" */
	const char *prefix;	/* of keys: "" or "…/" */
	const char *sigv4;
	long long part;		/* bytes of a part; what is larger goes up in parts */
	struct credentials credentials;
	const char *region;		/* where they are looked for again */
	struct deadline renew;		/* not before */
};

/* One request; `query` NULL, or its parameters sorted by name and escaped. */
struct s3_call {
	const char *method, *key, *query;
	const char *text;	/* the body, if not a piece */
	struct http_piece piece;
	const char *sha256;	/* of the piece; NULL: there is none */
	const char *header;	/* one more; NULL: none */
	const char *asks;	/* see http.h */
	int out;		/* see http.h */
	bool digest;
	long long most;
	bool last;
	void (*look)(void *context, long long sent);
	void *context;
};

/* Errors: http_run's. *answer may have any status. */
MUST_CHECK bool s3_call(struct store *store, const struct s3_call *call, struct http_answer *answer,
    struct error *err);

/* The same; other statuses than 200 and 204 are errors. */
MUST_CHECK bool s3_expect(struct store *store, const struct s3_call *call,
    struct http_answer *answer, struct error *err);

/* The key of a name: characters that releases of libcurl sign differently become "_". */
const char *s3_key(struct store *store, const char *name);

/* The bytes of hexadecimal digits in base64, as S3 has checksums. */
const char *s3_base64(struct arena *arena, const char *hex);

/* Adds the bytes of hexadecimal digits to a hash. */
void s3_add_hex(struct hash *hash, const char *hex);

/* Sends a file in parts. On failure, and after a stop, nothing of it is left. *checksum: what the
 * server has to say of the whole, if it knows checksums. */
MUST_CHECK bool s3_multipart(struct store *store, const struct store_file *file,
    const char **checksum, struct error *err);

/* The ETag, without quotes, of a file of `size` bytes that was sent in parts of `part`, or whole (0): MD5s.
 * NULL where there is no MD5. */
MUST_CHECK bool s3_etag(struct arena *arena, int fd, long long size, long long part,
    const char **etag, struct error *err);

/* Bytes of each part but the last of a file that is sent in parts; 0: it is sent whole. */
long long s3_part(const struct s3 *s3, long long size);

#endif
