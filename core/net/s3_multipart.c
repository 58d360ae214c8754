#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "core/base/hash.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/net/piece.h"
#include "core/net/s3.h"
#include "core/net/xml.h"

#define PARTS_MOST 10000 /* Amazon's */
#define DAY (24L * 60 * 60)
#define LANES 2
#define STACK ((size_t)1 << 20) /* musl's 128 kB would be little for a TLS handshake */

/* What the last request says of a part. */
struct part {
	char sha256[HASH_HEX_SIZE];
	const char *etag; /* in the arena of the lane that sent it */
};

/* What one upload goes through. */
struct upload {
	struct store *store;
	const struct store_file *file;
	const char *key, *id;
	long long length; /* of each part but the last */
	struct part *parts;
	int count;
	atomic_int next; /* the part that is taken next */
	atomic_bool failed;
	atomic_llong sent; /* by all lanes */
};

/* One of those that send parts side by side: a server that reads what it got, or a network that is
 * far, keeps one connection waiting. While one lane hashes, another sends. */
struct lane {
	struct upload *upload;
	struct store store;
	struct s3 s3;
	struct arena arena;
	struct error err;
	bool failed;
	long long sent; /* of the part that is on its way */
	pthread_t thread;
	bool apart; /* in a thread */
	bool speaks; /* for all of them */
};

static const char *query(const struct upload *upload, struct arena *arena, const char *before)
{
	return arena_printf(arena, "%suploadId=%s", before, http_escape(arena, upload->id, ""));
}

/* After a stop as well: what is left of an upload costs its bytes for ever. */
static void abandon(struct upload *upload)
{
	const struct s3_call call = {.method = "DELETE",
	    .key = upload->key,
	    .query = query(upload, upload->store->arena, ""),
	    .last = true};
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

static void look(void *context, long long sent)
{
	struct lane *lane = context;
	struct upload *upload = lane->upload;
	long long all = atomic_fetch_add(&upload->sent, sent - lane->sent) + sent - lane->sent;

	lane->sent = sent;
	if (lane->speaks && upload->file->look != NULL)
		upload->file->look(upload->file->context, all);
}

static struct http_piece piece_of(const struct upload *upload, int number)
{
	long long offset = number * upload->length, left = upload->file->size - offset;

	return (struct http_piece){.fd = upload->file->fd,
	    .offset = offset,
	    .length = left < upload->length ? left : upload->length};
}

/* Its SHA-256 has to be known before it is sent. */
static bool send_part(struct lane *lane, int number, struct error *err)
{
	struct upload *upload = lane->upload;
	struct arena *arena = lane->store.arena;
	struct part *part = &upload->parts[number];
	const struct s3_call call = {
	    .method = "PUT",
	    .key = upload->key,
	    .query = query(upload, arena, arena_printf(arena, "partNumber=%d&", number + 1)),
	    .piece = piece_of(upload, number),
	    .sha256 = part->sha256,
	    .look = look,
	    .context = lane,
	};
	struct http_answer answer;

	lane->sent = 0;
	if (!piece_hash(&call.piece, part->sha256, err)
	    || !s3_expect(&lane->store, &call, &answer, err))
		return false;
	part->etag = answer.etag;
	return part->etag != NULL
	       || error_set(err, STATUS_FAILED, "the server gave no ETag for part %d", number + 1);
}

static void *run_lane(void *argument)
{
	struct lane *lane = argument;
	struct upload *upload = lane->upload;
	int number;

	while (!atomic_load(&upload->failed)
	       && (number = atomic_fetch_add(&upload->next, 1)) < upload->count)
		if (!send_part(lane, number, &lane->err)) {
			lane->failed = true;
			atomic_store(&upload->failed, true);
		}
	return NULL;
}

/* Nothing that is changed is shared: a connection, memory and credentials of its own. Signals are
 * the main thread's, which has a lane too. */
static void start_lane(struct lane *lane)
{
	pthread_attr_t attributes;
	sigset_t all, mask;

	lane->s3 = *(const struct s3 *)lane->store.state;
	lane->store.state = &lane->s3;
	lane->store.arena = &lane->arena;
	lane->store.http = http_open();
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	lane->apart = pthread_create(&lane->thread, &attributes, run_lane, lane) == 0;
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	pthread_attr_destroy(&attributes);
}

static void finish_lane(struct lane *lane)
{
	if (lane->apart)
		pthread_join(lane->thread, NULL);
	http_close(lane->store.http);
}

/* The first lane's error that there is. */
static bool send_parts(struct upload *upload, struct lane *lanes, struct error *err)
{
	int failed = 0;

	for (int i = 0; i < LANES; i++)
		lanes[i]
		    = (struct lane){.upload = upload, .store = *upload->store, .speaks = i == 0};
	for (int i = 1; i < LANES; i++)
		start_lane(&lanes[i]);
	run_lane(&lanes[0]);
	for (int i = 1; i < LANES; i++)
		finish_lane(&lanes[i]);
	while (failed < LANES && !lanes[failed].failed)
		failed++;
	if (failed < LANES)
		*err = lanes[failed].err;
	return failed == LANES;
}

static const char *list_parts(const struct upload *upload)
{
	struct arena *arena = upload->store->arena;
	struct text list = {.arena = arena};

	text_add(&list, "<CompleteMultipartUpload>");
	for (int i = 0; i < upload->count; i++)
		text_printf(&list,
		    "<Part><ChecksumSHA256>%s</ChecksumSHA256><ETag>%s</ETag>"
		    "<PartNumber>%d</PartNumber></Part>",
		    s3_base64(arena, upload->parts[i].sha256), upload->parts[i].etag, i + 1);
	text_add(&list, "</CompleteMultipartUpload>");
	return text_string(&list);
}

/* The checksum of a whole that was sent in parts: of their SHA-256, and how many there were. */
static const char *checksum_of(const struct upload *upload)
{
	struct arena *arena = upload->store->arena;
	struct hash *hash = hash_new();
	char hex[HASH_HEX_SIZE];

	for (int i = 0; i < upload->count; i++)
		s3_add_hex(hash, upload->parts[i].sha256);
	hash_end(hash, hex);
	return arena_printf(arena, "%s-%d", s3_base64(arena, hex), upload->count);
}

/* The answer may be an error with status 200: the server begins it before it knows. */
static bool complete(struct upload *upload, struct error *err)
{
	struct arena *arena = upload->store->arena;
	const struct s3_call call = {
	    .method = "POST",
	    .key = upload->key,
	    .query = query(upload, upload->store->arena, ""),
	    .text = list_parts(upload),
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
	    .length = s3_part(store->state, file->size),
	};
	struct lane lanes[LANES];
	bool sent;

	if (!abandon_others(&upload, err) || !begin(&upload, err))
		return false;
	upload.count = (int)((file->size + upload.length - 1) / upload.length);
	upload.parts = arena_array(store->arena, (size_t)upload.count, sizeof(*upload.parts));
	sent = send_parts(&upload, lanes, err) && complete(&upload, err);
	if (sent)
		*checksum = checksum_of(&upload);
	else
		abandon(&upload);
	for (int i = 0; i < LANES; i++)
		arena_free(&lanes[i].arena);
	return sent;
}

long long s3_part(const struct s3 *s3, long long size)
{
	long long least = size / PARTS_MOST + 1;

	if (size <= s3->part)
		return 0;
	return s3->part < least ? least : s3->part;
}
