#include "core/net/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/stop.h"
#include "core/net/libcurl.h"

#define CONNECT_MS 10000L
#define STALL_MS 30000L
#define TRIES 6
#define PAUSE_MS 300L /* after the first try; it doubles */
#define PAUSE_MOST 60000L /* that a server may ask for */
#define POLL_MS 1000
#define ANSWER_MOST ((size_t)1 << 20) /* bytes of an answer that are kept */
#define BUFFER (256L << 10)
#define BODY_SHOWN 500 /* columns of what a server says */

/* libcurl's handles; NULL where it is missing. */
struct http {
	CURLM *multi;
	CURL *easy;
};

/* One attempt. */
struct transfer {
	const struct http_request *request;
	CURL *easy;
	long long sent;
	struct text body;
	struct hash *sha256; /* of the answer, with `digest` */
	long long received; /* … and its bytes, as of one that goes to `out` */
	bool failed_to_write, too_large;
};

struct field_reader {
	struct http_piece piece;
	long long at;
	struct transfer *transfer;
};

const char *http_library(void)
{
	const char *missing = libcurl_missing();

	return missing == NULL ? curl_version() : missing;
}

struct http *http_open(void)
{
	struct http *http = calloc(1, sizeof(*http));

	if (http == NULL)
		abort();
	if (libcurl_missing() != NULL)
		return http;
	http->multi = curl_multi_init();
	http->easy = curl_easy_init();
	if (http->multi == NULL || http->easy == NULL)
		abort();
	return http;
}

void http_close(struct http *http)
{
	if (http == NULL)
		return;
	if (http->easy != NULL) {
		curl_easy_cleanup(http->easy);
		curl_multi_cleanup(http->multi);
	}
	free(http);
}

static size_t read_piece(char *buffer, size_t room, const struct http_piece *piece, long long at)
{
	long long left = piece->length - at;
	ssize_t length;

	if ((long long)room > left)
		room = (size_t)left;
	do
		length = pread(piece->fd, buffer, room, piece->offset + at);
	while (length < 0 && errno == EINTR);
	/* A file that became shorter must not become a shorter object. */
	return length < 0 || (length == 0 && room > 0) ? CURL_READFUNC_ABORT : (size_t)length;
}

static void tell(struct transfer *transfer)
{
	if (transfer->request->look != NULL)
		transfer->request->look(transfer->request->context, transfer->sent);
}

static size_t read_body(char *buffer, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	const struct http_request *request = transfer->request;
	size_t length;

	if (request->text != NULL) {
		length = strnlen(request->text + transfer->sent, size * count);
		memcpy(buffer, request->text + transfer->sent, length);
	} else {
		length = read_piece(buffer, size * count, &request->piece, transfer->sent);
	}
	if (length != CURL_READFUNC_ABORT)
		transfer->sent += (long long)length;
	tell(transfer);
	return length;
}

/* Ends a hash, if there is one; its digits, or NULL. */
static const char *end_hash(struct arena *arena, struct hash **hash)
{
	char hex[HASH_HEX_SIZE];

	if (*hash == NULL)
		return NULL;
	hash_end(*hash, hex);
	*hash = NULL;
	return arena_strdup(arena, hex);
}

static int rewind_body(void *context, curl_off_t offset, int origin)
{
	struct transfer *transfer = context;

	if (origin != SEEK_SET || offset != 0)
		return CURL_SEEKFUNC_CANTSEEK;
	transfer->sent = 0;
	return CURL_SEEKFUNC_OK;
}

static size_t read_field(char *buffer, size_t size, size_t count, void *context)
{
	struct field_reader *reader = context;
	size_t length = read_piece(buffer, size * count, &reader->piece, reader->at);

	if (length != CURL_READFUNC_ABORT) {
		reader->at += (long long)length;
		reader->transfer->sent += (long long)length;
	}
	tell(reader->transfer);
	return length;
}

static int rewind_field(void *context, curl_off_t offset, int origin)
{
	struct field_reader *reader = context;

	if (origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	reader->at = offset;
	return CURL_SEEKFUNC_OK;
}

static bool is_good(CURL *easy)
{
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 && status < 300;
}

/* What is fetched is not kept in memory. False: that is enough. */
static bool take_file(struct transfer *transfer, const char *data, size_t length)
{
	const struct http_request *request = transfer->request;

	transfer->received += (long long)length;
	transfer->too_large = request->most > 0 && transfer->received > request->most;
	if (transfer->too_large)
		return false;
	if (transfer->sha256 != NULL)
		hash_add(transfer->sha256, data, length);
	if (request->out > 0)
		transfer->failed_to_write = !file_write(request->out, data, length);
	return !transfer->failed_to_write;
}

static size_t take_answer(char *data, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t length = size * count;
	bool fetched = transfer->request->out > 0 || transfer->sha256 != NULL;

	if (fetched && is_good(transfer->easy)) {
		transfer->sent += (long long)length;
		tell(transfer);
		return take_file(transfer, data, length) ? length : 0;
	}
	if (transfer->body.length + length > ANSWER_MOST)
		return 0;
	text_add_bytes(&transfer->body, data, length);
	return length;
}

static struct curl_slist *make_headers(const struct http_request *request)
{
	struct curl_slist *list = NULL;

	for (const char *const *header = request->headers; header != NULL && *header != NULL;
	     header++)
		list = curl_slist_append(list, *header);
	return list;
}

static curl_mime *make_form(
    struct arena *arena, CURL *easy, struct transfer *transfer, const struct http_field *fields)
{
	curl_mime *form = curl_mime_init(easy);

	for (; fields->name != NULL; fields++) {
		curl_mimepart *part = curl_mime_addpart(form);
		struct field_reader *reader;

		curl_mime_name(part, fields->name);
		if (fields->file == NULL) {
			curl_mime_data(part, fields->value, CURL_ZERO_TERMINATED);
			continue;
		}
		reader = arena_alloc(arena, sizeof(*reader));
		*reader = (struct field_reader){.piece = fields->piece, .transfer = transfer};
		curl_mime_filename(part, fields->file);
		curl_mime_type(part, "application/octet-stream");
		curl_mime_data_cb(
		    part, fields->piece.length, read_field, rewind_field, NULL, reader);
	}
	return form;
}

static void set_body(CURL *easy, struct transfer *transfer)
{
	const struct http_request *request = transfer->request;
	long long length
	    = request->text != NULL ? (long long)strlen(request->text) : request->piece.length;

	if (strcmp(request->method, "HEAD") == 0)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (length == 0 && strcmp(request->method, "POST") == 0)
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
	if (length > 0 || strcmp(request->method, "PUT") == 0) {
		curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)length);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
		curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
		curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, rewind_body);
		curl_easy_setopt(easy, CURLOPT_SEEKDATA, transfer);
	}
	if (strcmp(request->method, "HEAD") != 0)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_limits(CURL *easy, const struct http_request *request)
{
	long stall = request->stall > 0 ? request->stall : STALL_MS;
	int left = deadline_left(request->by);

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* Servers that do not know it would cost a second each. An empty "Expect:" would be signed.
	 */
	curl_easy_setopt(easy, CURLOPT_EXPECT_100_TIMEOUT_MS, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* no wait for a resolver's thread */
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, left > 0 ? (long)left : 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, stall > 1000 ? stall / 1000 : 1L);
}

static void set_all(CURL *easy, struct transfer *transfer, char *reason)
{
	const struct http_request *request = transfer->request;

	curl_easy_reset(easy);
	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "migrate/" MIGRATE_VERSION);
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, BUFFER);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, BUFFER);
	if (request->user != NULL) {
		curl_easy_setopt(easy, CURLOPT_USERNAME, request->user);
		curl_easy_setopt(
		    easy, CURLOPT_PASSWORD, request->password != NULL ? request->password : "");
	}
	if (request->sigv4 != NULL)
		curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, request->sigv4);
	if (request->connect)
		curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	if (request->direct)
		curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	set_limits(easy, request);
	set_body(easy, transfer);
}

/* Until the transfer ends. False: a stop. */
static bool wait_for(struct http *http, const struct http_request *request, CURLcode *result)
{
	struct curl_waitfd stop = {.fd = stop_fd(), .events = CURL_WAIT_POLLIN};
	int running = 1, left;
	const CURLMsg *message;

	while (curl_multi_perform(http->multi, &running) == CURLM_OK && running > 0) {
		if (!request->last && stop_signal() != 0)
			return false;
		curl_multi_poll(
		    http->multi, &stop, request->last || stop.fd < 0 ? 0 : 1, POLL_MS, NULL);
	}
	*result = CURLE_RECV_ERROR;
	while ((message = curl_multi_info_read(http->multi, &left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			*result = message->data.result;
	return true;
}

static void take_headers(
    struct arena *arena, CURL *easy, struct transfer *transfer, struct http_answer *answer)
{
	struct curl_header *header;
	curl_off_t length = -1;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	answer->length = length;
	answer->body = text_string(&transfer->body);
	if (curl_easy_header(easy, "ETag", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
		answer->etag = arena_strdup(arena, header->value);
	if (transfer->request->asks != NULL
	    && curl_easy_header(easy, transfer->request->asks, 0, CURLH_HEADER, -1, &header)
		   == CURLHE_OK)
		answer->told = arena_strdup(arena, header->value);
	if (answer->status / 100 == 3
	    && curl_easy_header(easy, "Location", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
		answer->location = arena_strdup(arena, header->value);
	answer->received = transfer->received;
	answer->sha256 = end_hash(arena, &transfer->sha256);
}

/* ms that the server asks for in Retry-After; 0: it does not. */
static long asked_pause(CURL *easy)
{
	curl_off_t seconds = 0;

	curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
	return seconds > PAUSE_MOST / 1000 ? PAUSE_MOST : (long)seconds * 1000;
}

/* What a reader needs of an answer's beginning or of libcurl's reason. */
struct outcome {
	bool answered;
	bool passing; /* trying again may help */
	long pause;
	char why[CURL_ERROR_SIZE + 32];
};

static bool is_passing(CURLcode result)
{
	static const CURLcode lasting[] = {CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL,
	    CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_ABORTED_BY_CALLBACK,
	    CURLE_WRITE_ERROR, CURLE_READ_ERROR, CURLE_OUT_OF_MEMORY};

	for (size_t i = 0; i < COUNT(lasting); i++)
		if (result == lasting[i])
			return false;
	return true;
}

static void judge(struct transfer *transfer, CURLcode result, const char *reason,
    const struct http_answer *answer, struct outcome *outcome)
{
	*outcome = (struct outcome){.answered = result == CURLE_OK};
	if (!outcome->answered) {
		outcome->passing = is_passing(result);
		snprintf(outcome->why, sizeof(outcome->why), "%s",
		    transfer->failed_to_write ? "the answer cannot be written to the disk"
		    : transfer->too_large     ? "the answer is larger than the file that was sent"
		    : reason[0] != '\0'       ? reason
					      : curl_easy_strerror(result));
		return;
	}
	outcome->passing = answer->status >= 500 || answer->status == 429 || answer->status == 408;
	outcome->pause = asked_pause(transfer->easy);
	snprintf(outcome->why, sizeof(outcome->why), "status %ld", answer->status);
}

static bool attempt(struct http *http, struct arena *arena, const struct http_request *request,
    struct http_answer *answer, struct outcome *outcome)
{
	struct transfer transfer = {.request = request, .easy = http->easy, .body.arena = arena};
	struct curl_slist *headers = make_headers(request);
	char reason[CURL_ERROR_SIZE] = "";
	curl_mime *form = NULL;
	CURLcode result;
	bool ended;

	*answer = (struct http_answer){.body = "", .length = -1};
	if (request->out > 0
	    && (ftruncate(request->out, 0) != 0 || lseek(request->out, 0, SEEK_SET) != 0))
		transfer.failed_to_write = true;
	if (request->digest)
		transfer.sha256 = hash_new();
	set_all(http->easy, &transfer, reason);
	curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, headers);
	if (request->fields != NULL) {
		form = make_form(arena, http->easy, &transfer, request->fields);
		curl_easy_setopt(http->easy, CURLOPT_MIMEPOST, form);
	}
	curl_multi_add_handle(http->multi, http->easy);
	ended = wait_for(http, request, &result);
	if (ended) {
		take_headers(arena, http->easy, &transfer, answer);
		judge(&transfer, result, reason, answer, outcome);
	}
	curl_multi_remove_handle(http->multi, http->easy);
	(void)end_hash(arena, &transfer.sha256);
	curl_mime_free(form);
	curl_slist_free_all(headers);
	return ended;
}

/* "status 500 3 times, then Recv failure: Connection reset by peer" */
struct retry_log {
	char last[CURL_ERROR_SIZE + 32];
	unsigned times;
	const char *said; /* by the server, the last time; NULL: nothing */
	struct text told;
};

static void tell_last(struct retry_log *history)
{
	if (history->times > 1)
		text_printf(&history->told, " %u times", history->times);
}

static void remember(struct retry_log *history, const char *why)
{
	if (history->times > 0 && strcmp(history->last, why) == 0) {
		history->times++;
		return;
	}
	tell_last(history);
	text_printf(&history->told, "%s%s", history->told.length > 0 ? ", then " : "", why);
	snprintf(history->last, sizeof(history->last), "%s", why);
	history->times = 1;
}

/* With what the server said last, if it did, also for who can read more in it. */
static bool give_up(struct arena *arena, const struct http_request *request,
    struct http_answer *answer, struct retry_log *history, struct error *err)
{
	tell_last(history);
	answer->body = history->said != NULL ? history->said : "";
	error_set(err, STATUS_FAILED, "%s: %s", http_host(arena, request->url),
	    text_string(&history->told));
	return error_detail(err, "%s", text_cut(arena, answer->body, BODY_SHOWN));
}

bool http_run(struct http *http, struct arena *arena, const struct http_request *request,
    struct http_answer *answer, struct error *err)
{
	struct retry_log history = {.told.arena = arena};
	long pause = PAUSE_MS;

	if (http->easy == NULL) {
		error_set(err, STATUS_FAILED, "libcurl 7.87 or later cannot be loaded: %s",
		    libcurl_missing());
		return error_hint(
		    err, "Install it (Debian: libcurl4), or use the static program, which has it.");
	}
	for (int tries = 1;; tries++, pause *= 2) {
		struct outcome outcome;

		if (!attempt(http, arena, request, answer, &outcome)) {
			(void)stop_asked(err);
			return false;
		}
		if (outcome.answered && !outcome.passing)
			return true;
		remember(&history, outcome.why);
		history.said = outcome.answered ? answer->body : history.said;
		if (!outcome.passing || request->once || tries == TRIES
		    || deadline_passed(request->by))
			return give_up(arena, request, answer, &history, err);
		if (!deadline_sleep(deadline_within(
			request->by, outcome.pause > pause ? outcome.pause : pause))) {
			(void)stop_asked(err);
			return false;
		}
		if (deadline_passed(request->by))
			return give_up(arena, request, answer, &history, err);
	}
}
