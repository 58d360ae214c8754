#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/net/s3.h"
#include "core/net/xml.h"

#define PARTS_MOST 10000 /* Amazon's */
#define PIECE ((size_t)256 << 10)
#define DAY (24L * 60 * 60)

/* What one upload goes through. */
struct upload {
	struct store *store;
	const struct store_file *file;
	const char *key, *id;
	long long part; /* bytes of each but the last */
	struct text list; /* the parts, for the last request */
	struct hash *whole; /* of the parts' SHA-256 */
	long long sent; /* in the parts before this one */
};

static void look(void *context, long long sent)
{
	const struct upload *upload = context;

	if (upload->file->look != NULL)
		upload->file->look(upload->file->context, upload->sent + sent);
}

/* A part's SHA-256, which has to be known before it is sent: computed while the one before it is on
 * its way. */
struct ahead {
	struct http_piece piece;
	char sha256[HASH_HEX_SIZE];
	struct error err;
	pthread_t thread;
	bool apart, hashed;
};

static bool hash_piece(struct ahead *ahead, char *buffer, struct hash *hash)
{
	const struct http_piece *piece = &ahead->piece;

	for (long long at = 0; at < piece->length;) {
		long long left = piece->length - at;
		ssize_t length = pread(piece->fd, buffer,
		    left < (long long)PIECE ? (size_t)left : PIECE, piece->offset + at);

		if (stop_asked(&ahead->err))
			return false;
		if (length <= 0)
			return error_errno(
			    &ahead->err, STATUS_FAILED, "can't read what is to be sent");
		hash_add(hash, buffer, (size_t)length);
		at += length;
	}
	return true;
}

static void *hash_ahead(void *argument)
{
	struct ahead *ahead = argument;
	struct arena scratch = {0};
	struct hash *hash = hash_new();

	ahead->hashed = hash_piece(ahead, arena_alloc(&scratch, PIECE), hash);
	hash_end(hash, ahead->sha256);
	arena_free(&scratch);
	return NULL;
}

/* Signals are the main thread's. */
static void ahead_start(struct ahead *ahead, struct http_piece piece)
{
	sigset_t all, mask;

	*ahead = (struct ahead){.piece = piece};
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	ahead->apart = pthread_create(&ahead->thread, NULL, hash_ahead, ahead) == 0;
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

static bool ahead_finish(struct ahead *ahead, struct error *err)
{
	if (ahead->apart)
		pthread_join(ahead->thread, NULL);
	else
		hash_ahead(ahead);
	if (!ahead->hashed)
		*err = ahead->err;
	return ahead->hashed;
}

static const char *query(const struct upload *upload, const char *before)
{
	struct arena *arena = upload->store->arena;

	return arena_printf(arena, "%suploadId=%s", before, http_escape(arena, upload->id, ""));
}

/* After a stop as well: what is left of an upload costs its bytes for ever. */
static void abandon(struct upload *upload)
{
	const struct s3_call call
	    = {.method = "DELETE", .key = upload->key, .query = query(upload, ""), .last = true};
	struct http_answer answer;
	struct error why = {0};

	if (!s3_call(upload->store, &call, &answer, &why) || answer.status / 100 != 2)
		log_warn("backup: an unfinished upload of %s is left; the next one removes it",
		    upload->file->name);
}

/* "-20261122T100400Z-", which stands behind the database's name in a backup's. */
static bool is_stamp(const char *at)
{
	static const char form[] = "-00000000T000000Z-";
	size_t i = 0;

	while (
	    form[i] != '\0' && (form[i] == '0' ? at[i] >= '0' && at[i] <= '9' : at[i] == form[i]))
		i++;
	return form[i] == '\0';
}

/* The length of a key's beginning that names the place and the database; all of it if it has no
 * stamp. */
static size_t stem_length(const char *key)
{
	size_t length = 0;

	while (key[length] != '\0' && !is_stamp(key + length))
		length++;
	return length;
}

/* Seconds since a time as S3 has it, "2026-11-22T10:04:00.000Z"; 0 where it is none. */
static long age_of(const char *initiated)
{
	struct tm then = {0};

	if (initiated == NULL || strptime(initiated, "%Y-%m-%dT%H:%M:%S", &then) == NULL)
		return 0;
	return (long)(time(NULL) - timegm(&then));
}

/* Begun by a run that was killed: of this very file, or of this database and older than any upload
 * that still goes on. What somebody else sends at this moment stays. */
static bool is_left(const struct upload *upload, const char *key, const char *initiated)
{
	size_t stem = stem_length(upload->key);
	long most = deadline_left(upload->store->settings.by) / 1000;

	return strcmp(key, upload->key) == 0
	       || (strncmp(key, upload->key, stem) == 0 && is_stamp(key + stem)
		   && age_of(initiated) > (most > DAY ? most : DAY));
}

/* Those that a killed run began and never will end. */
static bool abandon_others(struct upload *upload, struct error *err)
{
	struct arena *arena = upload->store->arena;
	const char *own = upload->key, *at, *end;
	const char *stem = arena_strndup(arena, own, stem_length(own));
	const struct s3_call call = {
	    .method = "GET",
	    .key = "",
	    .query = arena_printf(arena, "prefix=%s&uploads=", http_escape(arena, stem, "")),
	};
	struct http_answer answer;

	if (!s3_call(upload->store, &call, &answer, err))
		return false;
	at = answer.status == 200 ? answer.body : "";
	while ((at = strstr(at, "<Upload>")) != NULL && (end = strstr(at, "</Upload>")) != NULL) {
		const char *one = arena_strndup(arena, at, (size_t)(end - at));
		const char *key = xml_text(arena, one, "Key");

		at = end;
		upload->id = xml_text(arena, one, "UploadId");
		if (key == NULL || upload->id == NULL
		    || !is_left(upload, key, xml_text(arena, one, "Initiated")))
			continue;
		log_info("backup: removing an unfinished upload of %s", key);
		upload->key = key;
		abandon(upload);
		upload->key = own;
	}
	return true;
}

static bool begin(struct upload *upload, struct error *err)
{
	const struct s3_call call = {
	    .method = "POST",
	    .key = upload->key,
	    .query = "uploads=",
	    .header = "x-amz-checksum-algorithm: SHA256",
	};
	struct http_answer answer;

	if (!s3_expect(upload->store, &call, &answer, err))
		return false;
	upload->id = xml_text(upload->store->arena, answer.body, "UploadId");
	return upload->id != NULL
	       || error_set(err, STATUS_FAILED, "the server gave no id for an upload in parts");
}

static bool send_part(
    struct upload *upload, int number, const struct ahead *part, struct error *err)
{
	const struct s3_call call = {
	    .method = "PUT",
	    .key = upload->key,
	    .query = query(upload, arena_printf(upload->store->arena, "partNumber=%d&", number)),
	    .piece = part->piece,
	    .sha256 = part->sha256,
	    .look = look,
	    .context = upload,
	};
	struct http_answer answer;

	if (!s3_expect(upload->store, &call, &answer, err))
		return false;
	if (answer.etag == NULL)
		return error_set(err, STATUS_FAILED, "the server gave no ETag for part %d", number);
	s3_add_hex(upload->whole, part->sha256);
	text_printf(&upload->list,
	    "<Part><ChecksumSHA256>%s</ChecksumSHA256><ETag>%s</ETag><PartNumber>%d</PartNumber></"
	    "Part>",
	    s3_base64(upload->store->arena, part->sha256), answer.etag, number);
	return true;
}

/* The part that begins there; of no length behind the end. */
static struct http_piece piece_at(const struct upload *upload, long long offset)
{
	long long left = upload->file->size - offset;

	return (struct http_piece){.fd = upload->file->fd,
	    .offset = offset,
	    .length = left < upload->part ? left : upload->part};
}

static bool send_parts(struct upload *upload, int *number, struct error *err)
{
	struct ahead parts[2]; /* the one that is sent, and the next */
	bool sent;

	ahead_start(&parts[0], piece_at(upload, 0));
	sent = ahead_finish(&parts[0], err);
	for (*number = 0; sent && upload->sent < upload->file->size; ++*number) {
		struct ahead *this = &parts[*number % 2], *next = &parts[(*number + 1) % 2];
		struct error why = {0};

		ahead_start(next, piece_at(upload, upload->sent + this->piece.length));
		sent = send_part(upload, *number + 1, this, err);
		upload->sent += this->piece.length;
		if (!ahead_finish(next, &why) && sent) {
			*err = why;
			sent = false;
		}
	}
	return sent;
}

/* The answer may be an error with status 200: the server begins it before it knows. */
static bool complete(struct upload *upload, struct error *err)
{
	struct arena *arena = upload->store->arena;
	const struct s3_call call = {
	    .method = "POST",
	    .key = upload->key,
	    .query = query(upload, ""),
	    .text = arena_printf(arena, "<CompleteMultipartUpload>%s</CompleteMultipartUpload>",
		text_string(&upload->list)),
	};
	struct http_answer answer;

	if (!s3_expect(upload->store, &call, &answer, err))
		return false;
	if (xml_text(arena, answer.body, "ETag") != NULL)
		return true;
	error_set(err, STATUS_FAILED, "the parts of %s were not put together", upload->file->name);
	return error_detail(err, "%s", answer.body);
}

bool s3_multipart(
    struct store *store, const struct store_file *file, const char **checksum, struct error *err)
{
	struct upload upload = {
	    .store = store,
	    .file = file,
	    .key = s3_key(store, file->name),
	    .part = s3_part(store->state, file->size),
	    .list.arena = store->arena,
	};
	char hex[HASH_HEX_SIZE];
	int number = 0;
	bool sent;

	if (!abandon_others(&upload, err) || !begin(&upload, err))
		return false;
	upload.whole = hash_new();
	sent = send_parts(&upload, &number, err) && complete(&upload, err);
	if (!sent)
		abandon(&upload);
	hash_end(upload.whole, hex);
	*checksum = arena_printf(store->arena, "%s-%d", s3_base64(store->arena, hex), number);
	return sent;
}

long long s3_part(const struct s3 *s3, long long size)
{
	long long least = size / PARTS_MOST + 1;

	if (size <= s3->part)
		return 0;
	return s3->part < least ? least : s3->part;
}
