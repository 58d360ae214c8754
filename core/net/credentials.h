/* credentials: who we are for S3, found as Amazon's own tools find it.
 *
 * In this order: AWS_ACCESS_KEY_ID and its neighbours (each also as …_FILE); a web identity (EKS with
 * IRSA: AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE); the credentials file (AWS_SHARED_CREDENTIALS_FILE or
 * ~/.aws/credentials, AWS_PROFILE); a container's endpoint (ECS, EKS Pod Identity:
 * AWS_CONTAINER_CREDENTIALS_…); the instance's (IMDSv2), unless AWS_EC2_METADATA_DISABLED is true. */
#ifndef CORE_NET_CREDENTIALS_H
#define CORE_NET_CREDENTIALS_H

#include <stdint.h>

#include "core/net/http.h"

struct credentials {
	const char *key, *secret;
	const char *token;	/* of a session; NULL: none */
	int64_t until;		/* seconds of the epoch when they expire; 0: never */
};

/* `region` is where STS is asked. Errors: STATUS_FAILED, with the ways that were tried; a stop. No error
 * has a secret in it. */
MUST_CHECK bool credentials_find(struct http *http, struct arena *arena, const char *region,
    struct deadline by, struct credentials *credentials, struct error *err);

/* Those of a profile in the text of a credentials file; false if it is not there. Pure. */
bool credentials_parse(struct arena *arena, const char *text, const char *profile,
    struct credentials *credentials);

#endif
