#include "core/apply/copy.h"

#include <string.h>
#include <unistd.h>

#include "core/base/stop.h"

#define PIECE ((size_t)64 << 10)

bool copy_open(struct copy *copy, const struct script *script, const struct statement *statement,
    struct error *err)
{
	int fd = -1;

	*copy = (struct copy){.script = script,
	    .bulk = script_bulk(script, statement),
	    .statement = statement,
	    .fd = -1};
	if (copy->bulk == NULL)
		return true;
	if (!revision_open(script->revision, script->direction, &fd, err))
		return false;
	copy->fd = fd;
	copy->hash = hash_new();
	copy->piece = arena_alloc(&copy->arena, PIECE);
	return true;
}

/* CRLF counts as LF, as in every checksum of a script. */
static void add(struct copy *copy, const char *piece, size_t length)
{
	const char *end = piece + length, *cr = piece;

	if (copy->carriage && *piece != '\n')
		hash_add(copy->hash, "\r", 1);
	copy->carriage = end[-1] == '\r';
	end -= copy->carriage;
	while ((cr = memchr(cr, '\r', (size_t)(end - cr))) != NULL) {
		if (*++cr != '\n')
			continue;
		hash_add(copy->hash, piece, (size_t)(cr - 1 - piece));
		piece = cr;
	}
	hash_add(copy->hash, piece, (size_t)(end - piece));
}

MUST_CHECK static bool finish(struct copy *copy, struct error *err)
{
	const struct revision *revision = copy->script->revision;
	char digest[HASH_HEX_SIZE];
	struct file_stamp now;

	hash_end(copy->hash, digest);
	copy->hash = NULL;
	if (!file_stamp(copy->fd, &now) || !file_stamp_same(&now, &revision->stamp)
	    || (copy->bulk->sealed && memcmp(copy->bulk->digest, digest, sizeof(digest) - 1) != 0))
		return revision_changed(revision, err);
	memcpy(copy->bulk->digest, digest, sizeof(digest) - 1);
	copy->bulk->sealed = true;
	return true;
}

bool copy_next(void *context, const char **piece, size_t *length, struct error *err)
{
	struct copy *copy = context;
	const struct script_bulk *bulk = copy->bulk;
	size_t left = (bulk != NULL ? bulk->length : copy->statement->data_length) - copy->done;

	if (bulk != NULL && left > PIECE)
		left = PIECE;
	if (left > 0 && bulk != NULL) {
		if (stop_asked(err)
		    || !revision_piece(copy->script->revision, copy->fd, bulk->offset + copy->done,
			copy->piece, left, err))
			return false;
		add(copy, copy->piece, left);
	}
	if (left == 0 && bulk != NULL && !finish(copy, err))
		return false;
	*piece = bulk != NULL ? copy->piece : copy->statement->data;
	*length = left;
	copy->done += left;
	return true;
}

void copy_close(struct copy *copy)
{
	char ignored[HASH_HEX_SIZE];

	if (copy->hash != NULL)
		hash_end(copy->hash, ignored);
	if (copy->fd >= 0)
		close(copy->fd);
	arena_free(&copy->arena);
}
