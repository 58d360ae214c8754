#include "core/base/hash.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/stop.h"
#include "tests/unit/tap.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define MILLION_A "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

static void write_million(const char *path)
{
	FILE *file = fopen(path, "w");

	for (int i = 0; file != NULL && i < 1000000; i++)
		putc('a', file);
	if (file != NULL)
		fclose(file);
}

int main(void)
{
	char directory[] = "/tmp/migrate-hash-XXXXXX", path[64], hex[HASH_HEX_SIZE];
	struct error err = {0};
	struct hash *hash = hash_new();

	/* The digests are FIPS 180-2's examples. */
	hash_end(hash, hex);
	is(hex, NOTHING, "the digest of nothing is right");
	hash = hash_new();
	hash_add(hash, "a", 1);
	hash_add(hash, "bc", 2);
	hash_end(hash, hex);
	is(hex, ABC, "the digest of pieces is that of the whole");

	ok(mkdtemp(directory) != NULL, "a scratch directory is there");
	snprintf(path, sizeof(path), "%s/file", directory);
	write_million(path);
	ok(hash_file(path, hex, &err), "a file is read");
	is(hex, MILLION_A, "the digest of a file of several pieces is right");

	snprintf(hex, sizeof(hex), "untouched");
	ok(!hash_file(directory, hex, &err), "a directory has no digest");
	is(hex, "untouched", "a failure leaves the output alone");
	stop_install();
	raise(SIGTERM);
	ok(!hash_file(path, hex, &err), "a stop ends the reading");
	is(err.message, "stopped by SIGTERM", "the stop is the error");
	unlink(path);
	ok(!hash_file(path, hex, &err), "a missing file has no digest");
	ok(strstr(err.message, path) != NULL, "the error names the file");
	rmdir(directory);
	return tap_done();
}
