#include "core/base/hash.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/stop.h"

#define PIECE ((size_t)256 << 10)

/* OpenSSL fails here only without memory or without any SHA-256: nothing can be vouched for. */
static void require(bool done)
{
	static const char message[] = "migrate: OpenSSL cannot compute SHA-256\n";
	ssize_t ignored;

	if (done)
		return;
	ignored = write(STDERR_FILENO, message, sizeof(message) - 1);
	(void)ignored;
	_exit(STATUS_FAILED);
}

/* struct hash is OpenSSL's EVP_MD_CTX under a name that does not need its header. */
const char *hash_library(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}

struct hash *hash_new(void)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	require(context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL));
	return (struct hash *)context;
}

struct hash *hash_md5(void)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	require(context != NULL);
	if (EVP_DigestInit_ex(context, EVP_md5(), NULL))
		return (struct hash *)context;
	EVP_MD_CTX_free(context);
	return NULL;
}

void hash_add(struct hash *hash, const void *data, size_t length)
{
	require(EVP_DigestUpdate((EVP_MD_CTX *)hash, data, length));
}

static void write_hex(const unsigned char *digest, unsigned length, char hex[HASH_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[2 * (size_t)length] = '\0';
}

void hash_end(struct hash *hash, char hex[HASH_HEX_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *context = (EVP_MD_CTX *)hash;
	unsigned int length;

	require(EVP_DigestFinal_ex(context, digest, &length) && length * 2 + 1 <= HASH_HEX_SIZE);
	write_hex(digest, length, hex);
	EVP_MD_CTX_free(context);
}

void hash_hmac(const char *key, const char *text, char hex[HASH_HEX_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length;

	require(HMAC(EVP_sha256(), key, (int)strlen(key), (const unsigned char *)text, strlen(text),
		    digest, &length)
		!= NULL);
	write_hex(digest, length, hex);
}

static bool add_all(struct hash *hash, int fd, const char *path, struct error *err)
{
	struct arena scratch = {0};
	char *piece = arena_alloc(&scratch, PIECE);
	ssize_t length = 1;

	while (length > 0 && !stop_asked(err)) {
		length = read(fd, piece, PIECE);
		if (length < 0)
			error_errno(err, STATUS_FAILED, "cannot read '%s'", path);
		else
			hash_add(hash, piece, (size_t)length);
	}
	arena_free(&scratch);
	return length == 0;
}

bool hash_file(const char *path, char hex[HASH_HEX_SIZE], struct error *err)
{
	char digest[HASH_HEX_SIZE];
	struct hash *hash;
	bool done;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, STATUS_FAILED, "cannot open '%s'", path);
	hash = hash_new();
	done = add_all(hash, fd, path, err);
	hash_end(hash, digest);
	close(fd);
	if (done)
		memcpy(hex, digest, sizeof(digest));
	return done;
}
