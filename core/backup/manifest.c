#include "core/backup/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/backup/wal.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/log.h"

#define SUFFIX ".json"
#define SEAL ",\"manifest_sha256\":\"" /* in front of the hash of what stands before it */
#define END "\"}\n"

/* The fields that are strings. */
static const struct field {
	const char *key;
	size_t offset;
	bool optional;
} fields[] = {
    {"id", offsetof(struct manifest, id), false},
    {"database", offsetof(struct manifest, database), false},
    {"host", offsetof(struct manifest, host), false},
    {"port", offsetof(struct manifest, port), false},
    {"server_id", offsetof(struct manifest, server_id), true},
    {"database_oid", offsetof(struct manifest, database_oid), true},
    {"server_version", offsetof(struct manifest, server_version), false},
    {"tool_version", offsetof(struct manifest, tool_version), false},
    {"migrate_version", offsetof(struct manifest, migrate_version), false},
    {"encoding", offsetof(struct manifest, encoding), false},
    {"collate", offsetof(struct manifest, collate), true},
    {"ctype", offsetof(struct manifest, ctype), true},
    {"provider", offsetof(struct manifest, provider), true},
    {"locale", offsetof(struct manifest, locale), true},
    {"rules", offsetof(struct manifest, rules), true},
    {"search_path", offsetof(struct manifest, search_path), true},
    {"fingerprint", offsetof(struct manifest, fingerprint), true},
    {"format", offsetof(struct manifest, format), false},
    {"options", offsetof(struct manifest, options), true},
    {"wal_before", offsetof(struct manifest, wal_before), true},
    {"wal_after", offsetof(struct manifest, wal_after), true},
    {"snapshot", offsetof(struct manifest, snapshot), true},
    {"timeline", offsetof(struct manifest, timeline), true},
    {"journal", offsetof(struct manifest, journal), true},
    {"pending_sha256", offsetof(struct manifest, pending_sha256), true},
    {"created", offsetof(struct manifest, created), false},
    {"uploaded", offsetof(struct manifest, uploaded), true},
    {"verified", offsetof(struct manifest, level), false},
    {"verified_at", offsetof(struct manifest, verified), false},
};

static const struct {
	const char *key;
	size_t offset;
} lists[] = {
    {"heads", offsetof(struct manifest, heads)},
    {"pending", offsetof(struct manifest, pending)},
    {"files", offsetof(struct manifest, files)},
};

static const char *get_field(const struct manifest *manifest, const struct field *field)
{
	const char *value;

	memcpy(&value, (const char *)manifest + field->offset, sizeof(value));
	return value;
}

static void set_field(struct manifest *manifest, const struct field *field, const char *value)
{
	memcpy((char *)manifest + field->offset, &value, sizeof(value));
}

static bool missing(const char *key, struct error *err)
{
	return error_set(err, STATUS_BACKUP, "\"%s\" is missing or of the wrong type", key);
}

static bool take_strings(
    struct arena *arena, const struct json *json, struct manifest *manifest, struct error *err)
{
	for (size_t i = 0; i < COUNT(fields); i++) {
		const char *value = json_get_string(json, fields[i].key);

		if (value == NULL && !fields[i].optional)
			return missing(fields[i].key, err);
		set_field(manifest, &fields[i], arena_strdup(arena, value));
	}
	return true;
}

static bool take_lists(
    struct arena *arena, const struct json *json, struct manifest *manifest, struct error *err)
{
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct names names;

		if (!json_get_names(arena, json, lists[i].key, &names))
			return missing(lists[i].key, err);
		memcpy((char *)manifest + lists[i].offset, &names, sizeof(names));
	}
	return true;
}

/* A name becomes a path: none may lead out of its directory. */
static bool is_plain(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
}

static bool check_names(const struct manifest *manifest, struct error *err)
{
	if (!is_plain(manifest->id))
		return missing("id", err);
	for (size_t i = 0; i < manifest->files.count; i++) {
		const char *space = strchr(manifest->files.items[i], ' ');

		space = space != NULL ? strchr(space + 1, ' ') : NULL;
		if (space == NULL || !is_plain(space + 1))
			return missing("files", err);
	}
	return true;
}

static bool take_fields(
    struct arena *arena, const struct json *json, struct manifest *manifest, struct error *err)
{
	const char *sha256 = json_get_string(json, "sha256");
	long long duration = json_get_number(json, "duration_ms");

	if (sha256 == NULL || strlen(sha256) != sizeof(manifest->sha256) - 1)
		return missing("sha256", err);
	memcpy(manifest->sha256, sha256, sizeof(manifest->sha256));
	manifest->size = json_get_number(json, "size");
	if (manifest->size < 0)
		return missing("size", err);
	manifest->database_size = json_get_number(json, "database_size");
	if (manifest->database_size < 0)
		return missing("database_size", err);
	if (duration < 0)
		return missing("duration_ms", err);
	manifest->duration = (long)duration;
	manifest->counted = json_get_names(arena, json, "rows", &manifest->rows);
	if (!take_lists(arena, json, manifest, err) || !take_strings(arena, json, manifest, err))
		return false;
	if (archive_format(manifest->format) == NULL)
		return missing("format", err);
	return check_names(manifest, err);
}

static void hash_text(const char *text, size_t length, char hex[HASH_HEX_SIZE])
{
	struct hash *hash = hash_new();

	hash_add(hash, text, length);
	hash_end(hash, hex);
}

/* The text ends in the hash of what stands before it, and in nothing else. */
static bool is_sealed(const char *string)
{
	char hex[HASH_HEX_SIZE];
	const char *seal, *next = strstr(string, SEAL);

	for (seal = next; next != NULL; next = strstr(next + 1, SEAL))
		seal = next;
	if (seal == NULL)
		return false;
	hash_text(string, (size_t)(seal - string), hex);
	seal += strlen(SEAL);
	return strncmp(seal, hex, strlen(hex)) == 0 && strcmp(seal + strlen(hex), END) == 0;
}

bool manifest_parse(
    struct arena *arena, const char *string, struct manifest *manifest, struct error *err)
{
	struct manifest found = {0};
	struct json *json;
	bool parsed;

	if (!is_sealed(string))
		return error_set(err, STATUS_BACKUP, "it was changed or is not whole");
	json = json_parse(string, err);
	if (json == NULL) {
		err->status = STATUS_BACKUP;
		return false;
	}
	parsed = take_fields(arena, json, &found, err);
	json_free(json);
	if (parsed)
		*manifest = found;
	return parsed;
}

static bool check_archive(const char *archive, const struct manifest *manifest, struct error *err)
{
	const char *slash = strrchr(archive, '/'), *name = slash != NULL ? slash + 1 : archive;
	const struct archive_format *format = archive_format(manifest->format);
	size_t length = strlen(manifest->id);
	long long size = archive_size(archive);

	if (strncmp(name, manifest->id, length) != 0 || strcmp(name + length, format->suffix) != 0)
		return error_set(err, STATUS_BACKUP, "the manifest is that of %s%s", manifest->id,
		    format->suffix);
	if (size != manifest->size)
		return error_set(err, STATUS_BACKUP, "it has %lld bytes, its manifest says %lld",
		    size, manifest->size);
	return true;
}

bool manifest_load(
    struct arena *arena, const char *archive, struct manifest *manifest, struct error *err)
{
	const char *path = arena_printf(arena, "%s" SUFFIX, archive);
	struct manifest found;
	char *string;
	size_t length;

	if (!file_exists(archive))
		return error_set(err, STATUS_BACKUP, "the archive is missing");
	if (!file_read(arena, path, &string, &length, err)) {
		err->status = STATUS_BACKUP;
		return error_prefix(err, "no manifest");
	}
	if (strlen(string) != length)
		return error_set(err, STATUS_BACKUP, "manifest: it was changed or is not whole");
	if (!manifest_parse(arena, string, &found, err))
		return error_prefix(err, "manifest");
	if (!check_archive(archive, &found, err))
		return false;
	found.archive = arena_strdup(arena, archive);
	*manifest = found;
	return true;
}

bool manifest_replace(struct arena *arena, const struct manifest *manifest, struct error *err)
{
	const char *path = arena_printf(arena, "%s" SUFFIX, manifest->archive);
	const char *fresh = arena_printf(arena, "%s.new", path);
	const char *text = manifest_write(arena, manifest);

	unlink(fresh);
	if (file_create(fresh, text, strlen(text), err) && file_publish(fresh, path, err))
		return true;
	unlink(fresh);
	return false;
}

static int newer_first(const void *a, const void *b)
{
	const struct manifest *one = a, *other = b;
	int order = strcmp(other->created, one->created);

	return order != 0 ? order : strcmp(other->id, one->id);
}

static bool has_position(const struct manifest *manifest)
{
	long long bytes;

	return manifest->server_id != NULL && wal_bytes(manifest->wal_after, &bytes);
}

static long timeline_of(const struct manifest *manifest)
{
	return manifest->timeline != NULL ? strtol(manifest->timeline, NULL, 10) : 0;
}

static int later_first(const void *a, const void *b)
{
	const struct manifest *one = a, *other = b;
	long long position = 0, others = 0;

	if (timeline_of(one) != timeline_of(other))
		return timeline_of(one) < timeline_of(other) ? 1 : -1;
	if (wal_bytes(one->wal_after, &position) && wal_bytes(other->wal_after, &others)
	    && position != others)
		return position < others ? 1 : -1;
	return newer_first(one, other);
}

/* Those of the server that the first is of, in its order, back into the places that they have. */
static void order_server(struct manifest *manifests, size_t count, struct manifest *same)
{
	size_t found = 0, next = 0;

	for (size_t i = 0; i < count; i++)
		if (has_position(&manifests[i]) && manifest_same_server(&manifests[i], manifests))
			same[found++] = manifests[i];
	qsort(same, found, sizeof(*same), later_first);
	for (size_t i = 0; next < found; i++)
		if (has_position(&manifests[i]) && manifest_same_server(&manifests[i], &same[0]))
			manifests[i] = same[next++];
}

static bool is_first_of_server(const struct manifest *manifests, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (has_position(&manifests[i])
		    && manifest_same_server(&manifests[i], &manifests[at]))
			return false;
	return has_position(&manifests[at]);
}

void manifest_sort(struct manifest *manifests, size_t count)
{
	struct arena scratch = {0};
	struct manifest *same = arena_array(&scratch, count + 1, sizeof(*same));

	qsort(manifests, count, sizeof(*manifests), newer_first);
	for (size_t i = 0; i < count; i++)
		if (is_first_of_server(manifests, i))
			order_server(manifests + i, count - i, same);
	arena_free(&scratch);
}

const char *manifest_write(struct arena *arena, const struct manifest *manifest)
{
	struct text out = {.arena = arena};
	char hex[HASH_HEX_SIZE];

	json_open(&out, NULL, '{');
	for (size_t i = 0; i < COUNT(fields); i++)
		json_text(&out, fields[i].key, get_field(manifest, &fields[i]));
	json_names(&out, "heads", &manifest->heads);
	json_names(&out, "pending", &manifest->pending);
	json_number(&out, "size", manifest->size);
	json_number(&out, "database_size", manifest->database_size);
	json_text(&out, "sha256", manifest->sha256);
	json_names(&out, "files", &manifest->files);
	json_number(&out, "duration_ms", manifest->duration);
	if (manifest->counted)
		json_names(&out, "rows", &manifest->rows);
	hash_text(out.data, out.length, hex);
	text_printf(&out, SEAL "%s" END, hex);
	return text_string(&out);
}

/* False if there is nothing that a manifest vouches for, which the log names, unless it only was
 * pruned meanwhile. */
static bool take(struct arena *arena, const char *archive, struct manifest *manifest)
{
	struct error err = {0};

	if (manifest_load(arena, archive, manifest, &err))
		return true;
	if (file_exists(archive))
		log_warn("backup: %s left out: %s", archive, err.message);
	return false;
}

bool manifest_list(struct arena *arena, const char *directory, struct manifest **manifests,
    size_t *count, struct error *err)
{
	struct names names = {0};
	struct manifest *list;
	size_t taken = 0;

	if (file_exists(directory) && !file_list(arena, directory, &names, err))
		return false;
	list = arena_array(arena, names.count + 1, sizeof(*list));
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.items[i], *archive;

		if (name[0] == '.' || !text_ends(name, SUFFIX))
			continue;
		archive = arena_strndup(arena, name, strlen(name) - strlen(SUFFIX));
		if (archive_format_of(archive) == NULL)
			continue;
		if (take(arena, file_join(arena, directory, archive), &list[taken]))
			taken++;
	}
	manifest_sort(list, taken);
	*manifests = list;
	*count = taken;
	return true;
}

void manifest_note(struct arena *arena, const struct manifest *manifest)
{
	struct error why = {0};

	if (!manifest_replace(arena, manifest, &why))
		log_warn("backup: %s is verified, but its manifest cannot note it: %s",
		    manifest->id, why.message);
}

bool manifest_broken(
    struct arena *arena, const char *directory, struct names *ids, struct error *err)
{
	struct names names = {0}, found = {0};

	if (file_exists(directory) && !file_list(arena, directory, &names, err))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.items[i], *archive = name;
		struct manifest manifest;
		struct error ignored;

		if (text_ends(name, SUFFIX))
			archive = arena_strndup(arena, name, strlen(name) - strlen(SUFFIX));
		else if (names_has(&names, arena_printf(arena, "%s" SUFFIX, name)))
			continue; /* its manifest comes by itself */
		if (name[0] != '.' && archive_format_of(archive) != NULL
		    && !manifest_load(
			arena, file_join(arena, directory, archive), &manifest, &ignored))
			names_add(arena, &found,
			    arena_strndup(arena, archive,
				strlen(archive) - strlen(archive_format_of(archive)->suffix)));
	}
	*ids = found;
	return true;
}

const char *manifest_archive(struct arena *arena, const struct manifest *manifest)
{
	return arena_printf(arena, "%s%s", manifest->id, archive_format(manifest->format)->suffix);
}

bool manifest_file(
    struct arena *arena, const struct manifest *manifest, size_t index, struct manifest_file *file)
{
	const char *archive = manifest_archive(arena, manifest), *line, *space;
	char *end;

	if (!archive_format(manifest->format)->directory) {
		*file = (struct manifest_file){archive, manifest->sha256, manifest->size};
		return index == 0;
	}
	if (index >= manifest->files.count)
		return false;
	line = manifest->files.items[index];
	space = line + strcspn(line, " ");
	file->sha256 = arena_strndup(arena, line, (size_t)(space - line));
	file->size = strtoll(space, &end, 10);
	file->name = arena_printf(arena, "%s/%s", archive, *end != '\0' ? end + 1 : "");
	return true;
}

time_t manifest_time(const struct manifest *manifest)
{
	struct tm when = {0};

	return strptime(manifest->created, "%Y-%m-%d %H:%M:%S", &when) != NULL ? timegm(&when)
									       : (time_t)-1;
}

bool manifest_same_server(const struct manifest *one, const struct manifest *other)
{
	if (one->server_id != NULL && other->server_id != NULL)
		return strcmp(one->server_id, other->server_id) == 0;
	return strcmp(one->host, other->host) == 0 && strcmp(one->port, other->port) == 0;
}

bool manifest_same_database(const struct manifest *one, const struct manifest *other)
{
	return strcmp(one->database, other->database) == 0 && manifest_same_server(one, other);
}
