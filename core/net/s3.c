/* s3: s3://BUCKET/PREFIX, Amazon's or any server that speaks like it. */
#include "core/net/s3.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/net/xml.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define MEGABYTE (1L << 20)
#define PART "64" /* MB */
#define PART_LEAST 5 /* Amazon's */
#define RENEW_S 300 /* before they expire; instances have new ones from then on */
#define RENEW_AGAIN_MS 30000 /* where there were none yet */

/* Credentials of a container or an instance last for hours, and so may an upload. Those that are
 * there stay where no new ones can be had: the server says whether they are still good. */
static void renew(struct store *store)
{
	struct s3 *s3 = store->state;
	struct credentials found;
	struct error why = {0};

	if (s3->credentials.until == 0 || s3->credentials.until - time(NULL) > RENEW_S
	    || !deadline_passed(s3->renew))
		return;
	s3->renew = deadline_in(RENEW_AGAIN_MS);
	if (credentials_find(
		store->http, store->arena, s3->region, store->settings.by, &found, &why))
		s3->credentials = found;
	else if (stop_signal() == 0)
		log_warn("backup: no new credentials: %s", why.message);
}

/* What the server says of it: "NoSuchBucket: …". */
static bool tell_code(struct store *store, const struct http_answer *answer, struct error *err)
{
	const char *code = xml_text(store->arena, answer->body, "Code");
	const char *message = xml_text(store->arena, answer->body, "Message");

	return code == NULL
	       || error_detail(err, "%s%s%s", code, message != NULL ? ": " : "",
		   message != NULL ? message : "");
}

bool s3_call(
    struct store *store, const struct s3_call *call, struct http_answer *answer, struct error *err)
{
	const struct s3 *s3 = store->state;
	struct arena *arena = store->arena;
	char sha256[HASH_HEX_SIZE] = EMPTY;
	const char *headers[5] = {NULL};
	size_t count = 0;
	struct http_request request = {
	    .method = call->method,
	    .url = arena_printf(arena, "%s/%s%s%s", s3->url, call->key,
		call->query != NULL ? "?" : "", call->query != NULL ? call->query : ""),
	    .headers = headers,
	    .sigv4 = s3->sigv4,
	    .text = call->text,
	    .piece = call->piece,
	    .out = call->out,
	    .digest = call->digest,
	    .most = call->most,
	    .by = call->last ? deadline_in(1000) : store->settings.by,
	    .stall = store->settings.stall,
	    .asks = call->asks,
	    .once = call->last,
	    .last = call->last,
	    .look = call->look,
	    .context = call->context,
	};

	if (!call->last)
		renew(store);
	request.user = s3->credentials.key;
	request.password = s3->credentials.secret;
	if (call->text != NULL) {
		struct hash *hash = hash_new();

		hash_add(hash, call->text, strlen(call->text));
		hash_end(hash, sha256);
	}
	headers[count++] = arena_printf(
	    arena, "x-amz-content-sha256: %s", call->sha256 != NULL ? call->sha256 : sha256);
	if (call->sha256 != NULL)
		headers[count++] = arena_printf(
		    arena, "x-amz-checksum-sha256: %s", s3_base64(arena, call->sha256));
	if (s3->credentials.token != NULL)
		headers[count++]
		    = arena_printf(arena, "x-amz-security-token: %s", s3->credentials.token);
	headers[count] = call->header;
	if (http_run(store->http, arena, &request, answer, err))
		return true;
	(void)tell_code(store, answer, err);
	return false;
}

static bool refused(struct store *store, const struct s3_call *call,
    const struct http_answer *answer, struct error *err)
{
	const struct s3 *s3 = store->state;
	const struct http_request request = {.method = call->method, .url = s3->url};

	http_refused(&request, answer, err);
	(void)tell_code(store, answer, err);
	if (answer->status / 100 == 3)
		error_hint(
		    err, "Set region= and endpoint= of [backup] upload to the bucket's own.");
	return false;
}

bool s3_expect(
    struct store *store, const struct s3_call *call, struct http_answer *answer, struct error *err)
{
	if (!s3_call(store, call, answer, err))
		return false;
	return answer->status == 200 || answer->status == 204 || refused(store, call, answer, err);
}

const char *s3_key(struct store *store, const char *name)
{
	static const char plain[]
	    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-";
	const struct s3 *s3 = store->state;
	char *key = arena_printf(store->arena, "%s%s", s3->prefix, name);

	for (char *c = key; *c != '\0'; c++)
		if (strchr(plain, *c) == NULL)
			*c = '_';
	return key;
}

/* The parameters behind the "?" of the setting. */
struct parameters {
	const char *endpoint, *region, *part, *style;
};

static bool take_parameters(
    struct arena *arena, const char *query, struct parameters *found, struct error *err)
{
	const struct {
		const char *name;
		const char **value;
	} known[] = {
	    {"endpoint=", &found->endpoint},
	    {"region=", &found->region},
	    {"part=", &found->part},
	    {"style=", &found->style},
	};
	struct names words = names_split(arena, query, "&");

	for (size_t w = 0; w < words.count; w++) {
		size_t i = 0;

		while (i < COUNT(known) && !text_starts(words.items[w], known[i].name))
			i++;
		if (i == COUNT(known)) {
			error_set(err, STATUS_CONFIG, "[backup] upload: '%s' is not known",
			    words.items[w]);
			return error_hint(err, "After the '?', use endpoint=, region=, part= (MB) "
					       "and style=virtual or path.");
		}
		*known[i].value = words.items[w] + strlen(known[i].name);
	}
	return true;
}

/* https://BUCKET.s3.REGION.amazonaws.com, or ENDPOINT/BUCKET as other servers have it. */
static const char *bucket_url(
    struct arena *arena, const char *bucket, const struct parameters *with)
{
	const char *endpoint = with->endpoint != NULL
				   ? with->endpoint
				   : arena_printf(arena, "s3.%s.amazonaws.com", with->region);
	const char *scheme = strstr(endpoint, "://");
	bool virtual
	    = with->style != NULL ? strcmp(with->style, "virtual") == 0 : with->endpoint == NULL;
	const char *host = scheme != NULL ? scheme + strlen("://") : endpoint;
	int length = (int)strlen(host) - text_ends(host, "/");

	scheme = scheme != NULL ? arena_strndup(arena, endpoint, (size_t)(host - endpoint))
				: "https://";
	return virtual ? arena_printf(arena, "%s%s.%.*s", scheme, bucket, length, host)
		       : arena_printf(arena, "%s%.*s/%s", scheme, length, host, bucket);
}

static bool open_s3(struct store *store, struct error *err)
{
	struct arena *arena = store->arena;
	struct s3 *s3 = arena_alloc(arena, sizeof(*s3));
	const char *start = store->settings.url + strcspn(store->settings.url, ":") + 1;
	const char *environment = getenv("AWS_REGION");
	struct parameters with = {.region = environment, .part = PART};
	const char *bucket, *query, *path;
	long part;

	start += strspn(start, "/");
	query = start + strcspn(start, "?");
	path = start + strcspn(start, "/?");
	bucket = arena_strndup(arena, start, (size_t)(path - start));
	if (!take_parameters(arena, *query == '?' ? query + 1 : "", &with, err))
		return false;
	if (*bucket == '\0' || !text_to_long(with.part, &part) || part < PART_LEAST) {
		error_set(
		    err, STATUS_CONFIG, "[backup] upload is not of the form s3://BUCKET/PREFIX");
		return error_hint(
		    err, "Write s3://BUCKET/PREFIX?region=…; part= is at least 5 MB.");
	}
	if (with.region == NULL)
		with.region = "us-east-1";
	path += strspn(path, "/");
	s3->prefix = path < query ? arena_printf(
			 arena, "%.*s%s", (int)(query - path), path, query[-1] == '/' ? "" : "/")
				  : "";
	s3->url = bucket_url(arena, bucket, &with);
	s3->sigv4 = arena_printf(arena, "aws:amz:%s:s3", with.region);
	s3->part = part * MEGABYTE;
	s3->region = with.region;
	store->state = s3;
	return credentials_find(
	    store->http, arena, with.region, store->settings.by, &s3->credentials, err);
}

static unsigned hex_byte(const char *digits)
{
	const char pair[3] = {digits[0], digits[1], '\0'};

	return (unsigned)strtoul(pair, NULL, 16);
}

void s3_add_hex(struct hash *hash, const char *hex)
{
	for (; *hex != '\0'; hex += 2) {
		unsigned char byte = (unsigned char)hex_byte(hex);

		hash_add(hash, &byte, 1);
	}
}

const char *s3_base64(struct arena *arena, const char *hex)
{
	static const char digits[]
	    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t count = strlen(hex) / 2;
	struct text out = {.arena = arena};

	for (size_t i = 0; i < count; i += 3) {
		unsigned bits = hex_byte(hex + 2 * i) << 16;

		bits |= i + 1 < count ? hex_byte(hex + 2 * i + 2) << 8 : 0;
		bits |= i + 2 < count ? hex_byte(hex + 2 * i + 4) : 0;
		text_add_bytes(&out, &digits[bits >> 18 & 63], 1);
		text_add_bytes(&out, &digits[bits >> 12 & 63], 1);
		text_add_bytes(&out, i + 1 < count ? &digits[bits >> 6 & 63] : "=", 1);
		text_add_bytes(&out, i + 2 < count ? &digits[bits & 63] : "=", 1);
	}
	return text_string(&out);
}

static bool get(struct store *store, struct store_fetch *fetch, struct error *err)
{
	const struct s3_call call = {
	    .method = "GET",
	    .key = s3_key(store, fetch->name),
	    .out = fetch->fd,
	    .most = fetch->most,
	};
	struct http_answer answer;

	if (!s3_call(store, &call, &answer, err))
		return false;
	fetch->found = answer.status == 200;
	return fetch->found || answer.status == 404 || refused(store, &call, &answer, err);
}

/* Where the server's ETag is no MD5 of ours (encrypted by it, or by other rules): what it has is
 * read. */
static bool read_again(struct store *store, const struct store_file *file, struct error *err)
{
	const struct s3_call call = {
	    .method = "GET", .key = s3_key(store, file->name), .digest = true, .most = file->size};
	struct http_answer answer;

	log_info("backup: reading %s back, since its ETag is not enough to compare", file->name);
	if (!s3_expect(store, &call, &answer, err))
		return false;
	return strcmp(answer.sha256, file->sha256) == 0
	       || error_set(err, STATUS_FAILED,
		   "the uploaded copy of %s is corrupt: its SHA-256 differs", file->name);
}

/* Is the ETag the MD5 of what was sent? Computed here only if the server has no checksum. */
static bool proves(struct store *store, const struct store_file *file, const char *etag,
    bool *proven, struct error *err)
{
	const char *expected;

	*proven = false;
	if (etag == NULL)
		return true;
	if (!s3_etag(store->arena, file->fd, file->size, s3_part(store->state, file->size),
		&expected, err))
		return false;
	etag += *etag == '"';
	*proven = expected != NULL && strncmp(etag, expected, strlen(expected)) == 0
		  && strchr("\"", etag[strlen(expected)]) != NULL;
	return true;
}

/* By size, and by hash: the server's checksum, or its ETag, or that of what is read. */
static bool check(
    struct store *store, const struct store_file *file, const char *checksum, struct error *err)
{
	const struct s3_call call = {
	    .method = "HEAD",
	    .key = s3_key(store, file->name),
	    .header = "x-amz-checksum-mode: ENABLED",
	    .asks = "x-amz-checksum-sha256",
	};
	struct http_answer answer;
	bool proven;

	if (!s3_call(store, &call, &answer, err))
		return false;
	if (answer.status == 404)
		return error_set(err, STATUS_FAILED, "%s is missing after it was sent", file->name);
	if (answer.status != 200)
		return refused(store, &call, &answer, err);
	if (answer.length != file->size)
		return error_set(err, STATUS_FAILED,
		    "the uploaded copy of %s has %lld bytes, but %lld were sent", file->name,
		    answer.length, file->size);
	if (answer.told != NULL && strcmp(answer.told, checksum) == 0)
		return true;
	return proves(store, file, answer.etag, &proven, err)
	       && (proven || read_again(store, file, err));
}

static bool put_whole(
    struct store *store, const struct store_file *file, const char **checksum, struct error *err)
{
	const struct s3_call call = {
	    .method = "PUT",
	    .key = s3_key(store, file->name),
	    .piece = {.fd = file->fd, .length = file->size},
	    .sha256 = file->sha256,
	    .look = file->look,
	    .context = file->context,
	};
	struct http_answer answer;

	*checksum = s3_base64(store->arena, file->sha256);
	return s3_expect(store, &call, &answer, err);
}

static bool put(struct store *store, const struct store_file *file, struct error *err)
{
	bool whole = s3_part(store->state, file->size) == 0;
	const char *checksum = NULL;

	return (whole ? put_whole : s3_multipart)(store, file, &checksum, err)
	       && check(store, file, checksum, err);
}

static bool list(struct store *store, struct names *names, struct error *err)
{
	const struct s3 *s3 = store->state;
	const char *next = NULL, *key, *at;
	struct http_answer answer;

	do {
		struct s3_call call = {
		    .method = "GET",
		    .key = "",
		    .query
		    = arena_printf(store->arena, "%s%s%sdelimiter=%%2F&list-type=2&prefix=%s",
			next != NULL ? "continuation-token=" : "",
			next != NULL ? http_escape(store->arena, next, "") : "",
			next != NULL ? "&" : "", http_escape(store->arena, s3->prefix, "")),
		};

		if (!s3_expect(store, &call, &answer, err))
			return false;
		at = answer.body;
		while ((key = xml_next(store->arena, &at, "Key")) != NULL)
			if (text_starts(key, s3->prefix))
				names_add(store->arena, names, key + strlen(s3->prefix));
		next = xml_text(store->arena, answer.body, "NextContinuationToken");
	} while (next != NULL && *next != '\0');
	return true;
}

static bool drop(struct store *store, const char *name, struct error *err)
{
	const struct s3_call call = {.method = "DELETE", .key = s3_key(store, name)};
	struct http_answer answer;

	if (!s3_call(store, &call, &answer, err))
		return false;
	return answer.status / 100 == 2 || answer.status == 404
	       || refused(store, &call, &answer, err);
}

const struct store_kind store_s3 = {"s3:", open_s3, put, get, list, drop};
