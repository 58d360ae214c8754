/* http: requests that can be stopped, through libcurl.
 *
 * Every wait also watches the stop descriptor. What may pass by itself (a refused or cut connection, a
 * stall, 408, 429, 5xx) is tried again, signed afresh, until the deadline, with pauses that grow; the
 * error then tells all of it. Redirects are not followed, so that who we are is told to nobody else.
 * No error has the URL, in which a token may stand. */
#ifndef CORE_NET_HTTP_H
#define CORE_NET_HTTP_H

#include <stdbool.h>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"

struct http;	/* keeps connections open between requests */

/* "libcurl/7.88.1 …" with what that has in it, or why there is none. */
const char *http_library(void);

struct http *http_open(void);
void http_close(struct http *http);

/* A part of a file; the descriptor's own position does not count and does not change. */
struct http_piece {
	int fd;
	long long offset, length;
};

/* A field of a form (multipart/form-data): a value, or a file of that name. */
struct http_field {
	const char *name, *value, *file;
	struct http_piece piece;
};

struct http_request {
	const char *method, *url;
	const char *const *headers;	/* "Name: value"; ends in NULL; NULL: none */
	const char *user, *password;	/* NULL: none */
	const char *sigv4;		/* "aws:amz:REGION:s3": signed with user and password */
	const char *text;		/* the body; NULL: `piece`, or none where its length is 0 */
	struct http_piece piece;
	const struct http_field *fields;	/* a form instead; ends in a name of NULL */
	int out;			/* a 2xx answer's body replaces this file's contents; 0: see answer */
	bool digest;			/* of a 2xx answer's body its SHA-256; in memory nothing is kept */
	long long most;			/* bytes of such a body that are too many are an error; 0: none are */
	struct deadline by;
	long stall;			/* ms without a byte that are too long; 0: 30 s */
	const char *asks;		/* a header of the answer; NULL: none */
	bool once;			/* do not try again */
	bool last;			/* also after a stop: to clean up behind it */
	bool direct;			/* never through a proxy */
	bool connect;			/* no more than the connection, with its TLS; status 0 */
	void (*look)(void *context, long long sent);	/* bytes of the piece so far; NULL: nobody */
	void *context;
};

/* What the server said; lives in the arena. */
struct http_answer {
	long status;
	const char *body;	/* "" where it went to `out` */
	const char *sha256;	/* with `digest` */
	long long received;	/* bytes of such a body */
	const char *location;	/* of a redirect; NULL: none */
	const char *etag;	/* NULL: none */
	long long length;	/* Content-Length; -1: not said */
	const char *told;	/* the value of the header that was asked for; NULL: it is not there */
};

/* True as soon as there is an answer that trying again would not change, whatever its status. Errors:
 * STATUS_FAILED, also if libcurl cannot be loaded; a stop. */
MUST_CHECK bool http_run(struct http *http, struct arena *arena, const struct http_request *request,
    struct http_answer *answer, struct error *err);

/* The server's name and port, for messages: the rest of a URL may be secret. */
const char *http_host(struct arena *arena, const char *url);

/* Sets err to what an answer of a wrong status says: "db.example refused PUT with status 403", with the
 * beginning of its body as the detail. Returns false. */
bool http_refused(const struct http_request *request, const struct http_answer *answer,
    struct error *err);

/* A part of a URL with all but A-Z a-z 0-9 . _ ~ - (and `also`) percent-encoded. */
const char *http_escape(struct arena *arena, const char *string, const char *also);

#endif
