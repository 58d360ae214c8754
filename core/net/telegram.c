/* telegram: telegram:CHAT: each file as a document in a chat. A bot sees no chat's past, so that
 * nothing can be fetched from there later. Only at once can what arrived be compared: its size from
 * the answer, its bytes with getFile, up to the 20 MB that the Bot API gives back. */
#include <string.h>

#include "core/base/json.h"
#include "core/base/log.h"
#include "core/net/piece.h"
#include "core/net/store.h"

#define MEGABYTE (1LL << 20)
#define BODY_SHOWN 500 /* columns of what it says */

static bool open_telegram(struct store *store, struct error *err)
{
	store->base = store->settings.url + strlen("telegram:");
	if (store->base[0] == '\0' || store->base[0] == '/') {
		error_set(err, STATUS_CONFIG, "[backup] upload names no chat");
		return error_hint(err, "Write telegram:CHAT, as in telegram:-1001234567890.");
	}
	if (store->settings.telegram_token != NULL)
		return true;
	error_set(err, STATUS_CONFIG, "no token for [backup] upload = telegram:…");
	return error_hint(
	    err, "Set MIGRATE_TELEGRAM_TOKEN, or MIGRATE_TELEGRAM_TOKEN_FILE, to the bot's token.");
}

static const char *url_of(struct store *store, const char *between, const char *what)
{
	return arena_printf(store->arena, "%s%s/bot%s/%s", store->settings.telegram_api, between,
	    store->settings.telegram_token, what);
}

static struct http_request request_for(struct store *store, const char *method, const char *url)
{
	return (struct http_request){
	    .method = method,
	    .url = url,
	    .by = store->settings.by,
	    .stall = store->settings.stall,
	};
}

/* What the chat has of a file; the strings are in the store's arena. */
struct document {
	const char *id; /* NULL: the answer does not say */
	long long size; /* -1: nor this */
};

/* False: it was not taken, whatever the status says. */
static bool take_document(struct store *store, const char *body, struct document *document)
{
	struct error ignored;
	struct json *json = json_parse(body, &ignored);
	const struct json *found = json_get_object(json_get_object(json, "result"), "document");
	bool taken = json != NULL && json_get_true(json, "ok");

	document->id = arena_strdup(store->arena, json_get_string(found, "file_id"));
	document->size = json_get_number(found, "file_size");
	if (json != NULL)
		json_free(json);
	return taken;
}

/* Where it can be fetched; NULL: it cannot, as larger ones. */
static const char *path_of(struct store *store, const char *body)
{
	struct error ignored;
	struct json *json = json_parse(body, &ignored);
	const char *path = arena_strdup(
	    store->arena, json_get_string(json_get_object(json, "result"), "file_path"));

	if (json != NULL)
		json_free(json);
	return path;
}

static bool read_back(struct store *store, const struct http_piece *piece, const char *name,
    const struct document *document, struct error *err)
{
	const char *id = http_escape(store->arena, document->id, "");
	struct http_request request = request_for(
	    store, "GET", url_of(store, "", arena_printf(store->arena, "getFile?file_id=%s", id)));
	struct http_answer answer;
	char sha256[HASH_HEX_SIZE];
	const char *path;

	if (!http_run(store->http, store->arena, &request, &answer, err))
		return false;
	path = answer.status == 200 ? path_of(store, answer.body) : NULL;
	if (path == NULL) {
		log_info("backup: only the size of %s was compared in the chat", name);
		return true;
	}
	request.url = url_of(store, "/file", http_escape(store->arena, path, "/"));
	request.digest = true;
	request.most = piece->length > 0 ? piece->length : 1;
	if (!http_run(store->http, store->arena, &request, &answer, err)
	    || !piece_hash(piece, sha256, err))
		return false;
	if (answer.status != 200)
		return http_refused(&request, &answer, err);
	return strcmp(answer.sha256, sha256) == 0
	       || error_set(err, STATUS_FAILED,
		   "the uploaded copy of %s is corrupt: its SHA-256 differs", name);
}

static bool check(struct store *store, const struct http_piece *piece, const char *name,
    const char *body, struct error *err)
{
	struct document document;

	if (!take_document(store, body, &document)) {
		error_set(err, STATUS_FAILED, "the chat did not take %s", name);
		return error_detail(err, "%s", text_cut(store->arena, body, BODY_SHOWN));
	}
	if (document.size >= 0 && document.size != piece->length)
		return error_set(err, STATUS_FAILED,
		    "the uploaded copy of %s has %lld bytes, but %lld were sent", name,
		    document.size, piece->length);
	if (document.size < 0)
		log_warn(
		    "backup: the chat does not report the size of %s: nothing of it was compared",
		    name);
	return document.id == NULL || document.size < 0
	       || read_back(store, piece, name, &document, err);
}

static bool send_piece(struct store *store, const struct store_file *file, const char *name,
    struct http_piece piece, struct error *err)
{
	const struct http_field fields[] = {
	    {.name = "chat_id", .value = store->base},
	    {.name = "disable_notification", .value = "true"},
	    {.name = "caption", .value = file->caption != NULL ? file->caption : ""},
	    {.name = "document", .file = name, .piece = piece},
	    {.name = NULL},
	};
	struct http_request request = request_for(store, "POST", url_of(store, "", "sendDocument"));
	struct http_answer answer;

	request.fields = fields;
	request.look = file->look;
	request.context = file->context;
	if (!http_run(store->http, store->arena, &request, &answer, err))
		return false;
	if (answer.status != 200)
		return http_refused(&request, &answer, err);
	return check(store, &piece, name, answer.body, err);
}

static bool put(struct store *store, const struct store_file *file, struct error *err)
{
	long long most = store->settings.telegram_size * MEGABYTE;
	struct http_piece piece = {.fd = file->fd, .length = file->size};

	if (file->size <= most)
		return send_piece(store, file, file->name, piece, err);
	if (!store->settings.telegram_split) {
		error_set(err, STATUS_FAILED, "%s has %s, and Telegram takes %ld MB", file->name,
		    text_size(store->arena, file->size), store->settings.telegram_size);
		return error_hint(
		    err, "Set [telegram] split = on, or send it elsewhere with [backup] upload.");
	}
	for (int number = 1; piece.offset < file->size; number++, piece.offset += most) {
		piece.length = file->size - piece.offset < most ? file->size - piece.offset : most;
		if (!send_piece(store, file,
			arena_printf(store->arena, "%s.%03d", file->name, number), piece, err))
			return false;
	}
	return true;
}

const struct store_kind store_telegram = {.scheme = "telegram:", .open = open_telegram, .put = put};
