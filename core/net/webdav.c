/* webdav: https://… (or http://…): PUT, GET, DELETE, and PROPFIND to list. */
#include <string.h>

#include "core/base/log.h"
#include "core/net/store.h"
#include "core/net/xml.h"

struct webdav {
	const char *user, *password; /* NULL: none */
};

static const char *decode(struct arena *arena, const char *string, size_t length)
{
	char *out = arena_strndup(arena, string, length), *to = out;
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";

	for (const char *at = out; *at != '\0'; at++) {
		const char *high = at[0] == '%' && at[1] != '\0' ? strchr(digits, at[1]) : NULL;
		const char *low = high != NULL && at[2] != '\0' ? strchr(digits, at[2]) : NULL;

		if (low != NULL) {
			*to++ = (char)(((high - digits) % 16) * 16 + (low - digits) % 16);
			at += 2;
		} else {
			*to++ = *at;
		}
	}
	*to = '\0';
	return out;
}

/* Takes "user:password@" out of the URL. */
static bool open_webdav(struct store *store, struct error *err)
{
	struct webdav *webdav = arena_alloc(store->arena, sizeof(*webdav));
	const char *host = strstr(store->settings.url, "://") + strlen("://");
	size_t length = strcspn(host, "/?#");
	const char *at = host + length, *colon;

	(void)err;
	while (at > host && *at != '@')
		at--;
	if (*at == '@') {
		colon = memchr(host, ':', (size_t)(at - host));
		webdav->user
		    = decode(store->arena, host, (size_t)((colon != NULL ? colon : at) - host));
		if (colon != NULL)
			webdav->password
			    = decode(store->arena, colon + 1, (size_t)(at - colon - 1));
		store->base = arena_printf(store->arena, "%.*s%s",
		    (int)(host - store->settings.url), store->settings.url, at + 1);
	}
	store->base = arena_strndup(
	    store->arena, store->base, strlen(store->base) - text_ends(store->base, "/"));
	store->state = webdav;
	return true;
}

static struct http_request request_for(struct store *store, const char *method, const char *name)
{
	const struct webdav *webdav = store->state;

	return (struct http_request){
	    .method = method,
	    .url = arena_printf(
		store->arena, "%s/%s", store->base, http_escape(store->arena, name, "/")),
	    .user = webdav->user,
	    .password = webdav->password,
	    .by = store->settings.by,
	    .stall = store->settings.stall,
	};
}

static bool run(struct store *store, const struct http_request *request, struct http_answer *answer,
    struct error *err)
{
	return http_run(store->http, store->arena, request, answer, err);
}

/* The collection that it stands in, and, for a directory's file, that one. A server answers 405
 * where it is there. */
static bool make_collections(struct store *store, const char *name, struct error *err)
{
	const char *slash = strchr(name, '/');
	struct http_request base = request_for(store, "MKCOL", ""), inner;
	struct http_answer answer;

	if (!run(store, &base, &answer, err))
		return false;
	if (slash == NULL)
		return true;
	inner = request_for(
	    store, "MKCOL", arena_strndup(store->arena, name, (size_t)(slash + 1 - name)));
	return run(store, &inner, &answer, err);
}

static bool send_file(struct store *store, const struct store_file *file,
    struct http_answer *answer, struct error *err)
{
	struct http_request request = request_for(store, "PUT", file->name);

	request.piece = (struct http_piece){.fd = file->fd, .length = file->size};
	request.look = file->look;
	request.context = file->context;
	if (!run(store, &request, answer, err))
		return false;
	return answer->status / 100 == 2 || http_refused(&request, answer, err);
}

static bool not_there(const struct store_file *file, struct error *err)
{
	return error_set(err, STATUS_FAILED, "%s is missing after it was sent", file->name);
}

/* By its size alone, where nothing can be read: of a folder that only takes files. */
static bool check_size(struct store *store, const struct store_file *file, struct error *err)
{
	struct http_request request = request_for(store, "HEAD", file->name);
	struct http_answer answer;
	bool sized;

	if (!run(store, &request, &answer, err))
		return false;
	if (answer.status == 404 || answer.status == 410)
		return not_there(file, err);
	sized = answer.status == 200 && answer.length >= 0;
	if (sized && answer.length != file->size)
		return error_set(err, STATUS_FAILED,
		    "the uploaded copy of %s has %lld bytes, but %lld were sent", file->name,
		    answer.length, file->size);
	log_warn("backup: the copy of %s cannot be read back: %s of it was compared", file->name,
	    sized ? "only the size" : "nothing");
	return true;
}

/* WebDAV has no checksums, and its ETags say nothing of what is there: it is read. */
static bool check(struct store *store, const struct store_file *file, struct error *err)
{
	struct http_request request = request_for(store, "GET", file->name);
	struct http_answer answer;

	request.digest = true;
	request.most = file->size > 0 ? file->size : 1;
	if (!run(store, &request, &answer, err))
		return false;
	if (answer.status == 401 || answer.status == 403 || answer.status == 405)
		return check_size(store, file, err);
	if (answer.status == 404 || answer.status == 410)
		return not_there(file, err);
	if (answer.status != 200)
		return http_refused(&request, &answer, err);
	if (answer.received != file->size)
		return error_set(err, STATUS_FAILED,
		    "the uploaded copy of %s has %lld bytes, but %lld were sent", file->name,
		    answer.received, file->size);
	return strcmp(answer.sha256, file->sha256) == 0
	       || error_set(err, STATUS_FAILED,
		   "the uploaded copy of %s is corrupt: its SHA-256 differs", file->name);
}

static bool put(struct store *store, const struct store_file *file, struct error *err)
{
	struct http_answer answer = {0};

	if (send_file(store, file, &answer, err))
		return check(store, file, err);
	/* 409 by RFC 4918, 404 by some. */
	return (answer.status == 409 || answer.status == 404)
	       && make_collections(store, file->name, err) && send_file(store, file, &answer, err)
	       && check(store, file, err);
}

static bool get(struct store *store, struct store_fetch *fetch, struct error *err)
{
	struct http_request request = request_for(store, "GET", fetch->name);
	struct http_answer answer;

	request.out = fetch->fd;
	request.most = fetch->most;
	if (!run(store, &request, &answer, err))
		return false;
	fetch->found = answer.status == 200;
	return fetch->found || answer.status == 404 || http_refused(&request, &answer, err);
}

static bool list(struct store *store, struct names *names, struct error *err)
{
	static const char *const headers[] = {"Depth: 1", "Content-Type: application/xml", NULL};
	struct http_request request = request_for(store, "PROPFIND", "");
	struct http_answer answer;
	const char *at, *href;

	request.headers = headers;
	request.text = "<?xml version=\"1.0\"?><propfind xmlns=\"DAV:\"><prop><getcontentlength/>"
		       "</prop></propfind>";
	if (!run(store, &request, &answer, err))
		return false;
	if (answer.status == 404)
		return true;
	if (answer.status != 207)
		return http_refused(&request, &answer, err);
	at = answer.body;
	while ((href = xml_next(store->arena, &at, "href")) != NULL) {
		const char *slash = strrchr(href, '/'), *name = slash != NULL ? slash + 1 : href;

		if (*name != '\0')
			names_add(store->arena, names, decode(store->arena, name, strlen(name)));
	}
	return true;
}

static bool drop(struct store *store, const char *name, struct error *err)
{
	struct http_request request = request_for(store, "DELETE", name);
	struct http_answer answer;

	if (!run(store, &request, &answer, err))
		return false;
	return answer.status / 100 == 2 || answer.status == 404
	       || http_refused(&request, &answer, err);
}

const struct store_kind store_webdav = {"https:", open_webdav, put, get, list, drop};
const struct store_kind store_http = {"http:", open_webdav, put, get, list, drop};
