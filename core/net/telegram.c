/* telegram: telegram:CHAT: each file as a document in a chat. What is there cannot be read back: a
 * bot sees no chat's past. */
#include <string.h>

#include "core/net/store.h"

#define MEGABYTE (1LL << 20)

static bool open_telegram(struct store *store, struct error *err)
{
	store->base = store->settings.url + strlen("telegram:");
	if (store->base[0] == '\0' || store->base[0] == '/') {
		error_set(err, STATUS_CONFIG, "[backup] upload names no chat");
		return error_hint(err, "Write telegram:CHAT, as in telegram:-1001234567890.");
	}
	if (store->settings.telegram_token != NULL)
		return true;
	error_set(err, STATUS_CONFIG, "there is no token for [backup] upload = telegram:…");
	return error_hint(
	    err, "Set MIGRATE_TELEGRAM_TOKEN, or MIGRATE_TELEGRAM_TOKEN_FILE, to the bot's token.");
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
	const struct http_request request = {
	    .method = "POST",
	    .url = arena_printf(store->arena, "%s/bot%s/sendDocument", store->settings.telegram_api,
		store->settings.telegram_token),
	    .fields = fields,
	    .by = store->settings.by,
	    .stall = store->settings.stall,
	    .look = file->look,
	    .context = file->context,
	};
	struct http_answer answer;

	if (!http_run(store->http, store->arena, &request, &answer, err))
		return false;
	return answer.status == 200 || http_refused(&request, &answer, err);
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
		return error_hint(err, "Let it be split, [telegram] split = on, or send it "
				       "elsewhere: [backup] upload.");
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
