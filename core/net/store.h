/* store: a place elsewhere for the files of backups, named by a URL.
 *
 * s3://BUCKET/PREFIX?endpoint=…&region=…&part=…, https://… (WebDAV), file:///…, telegram:CHAT. What was put
 * is there, whole, when the call returns, or the log says what of it could not be compared. Names may
 * have one "/". An error names the place and the file, without secrets, and has as its detail what the
 * server said. */
#ifndef CORE_NET_STORE_H
#define CORE_NET_STORE_H

#include "core/net/http.h"

struct store_settings {
	const char *url;
	struct deadline by;
	long stall;			/* ms, see http.h */
	const char *telegram_token, *telegram_api;
	long telegram_size;		/* MB that it takes in one document */
	bool telegram_split;		/* larger ones go in pieces; otherwise they are refused */
};

/* A file on its way. */
struct store_file {
	const char *name;
	int fd;
	long long size;
	const char *sha256;	/* in hexadecimal */
	const char *caption;	/* for people who see it arrive; NULL: none */
	void (*look)(void *context, long long sent);
	void *context;
};

/* A file to be fetched. */
struct store_fetch {
	const char *name;
	int fd;			/* its contents are replaced */
	long long most;		/* bytes; more are an error */
	bool found;		/* out */
};

struct store;

/* One kind of place. Functions that it does not have are NULL: nothing can be read back there. */
struct store_kind {
	const char *scheme;	/* "s3:" */
	bool (*open)(struct store *store, struct error *err);
	bool (*put)(struct store *store, const struct store_file *file, struct error *err);
	bool (*get)(struct store *store, struct store_fetch *fetch, struct error *err);
	bool (*list)(struct store *store, struct names *names, struct error *err);
	bool (*remove)(struct store *store, const char *name, struct error *err);
};

extern const struct store_kind store_s3, store_webdav, store_http, store_local, store_telegram;

struct store {
	struct arena *arena;
	struct store_settings settings;
	const struct store_kind *kind;
	struct http *http;
	const char *base;	/* the URL without what the kind has taken from it */
	void *state;		/* the kind's own */
};

/* Errors: STATUS_CONFIG, a URL that is none of these; what the kind needs to know beforehand. */
MUST_CHECK bool store_open(struct arena *arena, const struct store_settings *settings,
    struct store *store, struct error *err);
void store_close(struct store *store);

/* Whether files can be listed, fetched and removed there. */
bool store_reads(const struct store *store);

/* Replaces what has this name. */
MUST_CHECK bool store_put(struct store *store, const struct store_file *file, struct error *err);

MUST_CHECK bool store_get(struct store *store, struct store_fetch *fetch, struct error *err);

/* The place as it may be shown, with the file of that name in it; NULL: the place alone. */
const char *store_shown(struct arena *arena, const struct store *store, const char *name);

/* Names without "/", sorted. */
MUST_CHECK bool store_list(struct store *store, struct names *names, struct error *err);

/* What is not there is no error. */
MUST_CHECK bool store_remove(struct store *store, const char *name, struct error *err);

#endif
