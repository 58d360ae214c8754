/* crypt: the commands that copies go through, [backup] encrypt and decrypt.
 *
 * `a | b` fails where b does, and b does not know that a did: it is run by a shell with pipefail, if there
 * is one. What `encrypt` wrote is not believed: where `decrypt` is set it is decrypted and compared, and
 * otherwise it has to be more than what encrypting nothing gives. */
#ifndef CORE_RUN_CRYPT_H
#define CORE_RUN_CRYPT_H

#include "core/base/clock.h"
#include "core/base/config.h"
#include "core/net/store.h"

struct crypt {
	struct arena *arena;
	const struct config *config;
	struct deadline by;
};

/* Is there a command to encrypt with? */
bool crypt_is_set(const struct config *config);

/* From plain->fd into `to`, and checks it. `scratch` is for what the check needs. Errors:
 * STATUS_BACKUP; a stop. None has a key that stands in a command. */
MUST_CHECK bool crypt_encrypt(const struct crypt *crypt, const struct store_file *plain, int to,
    int scratch, struct error *err);

/* From the beginning of `from` into plain->fd, at most plain->size bytes. Errors: the same, and
 * STATUS_CONFIG where there is no command. */
MUST_CHECK bool crypt_decrypt(
    const struct crypt *crypt, int from, const struct store_file *plain, struct error *err);

#endif
