#include "core/backup/manifest.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/log.h"

#define ARCHIVE_SUFFIX ".dump"
#define SUFFIX ARCHIVE_SUFFIX ".json"

/* The fields that are strings. */
static const struct field {
	const char *key;
	size_t offset;
	bool optional;
} fields[] = {
    {"database", offsetof(struct manifest, database), false},
    {"host", offsetof(struct manifest, host), false},
    {"port", offsetof(struct manifest, port), false},
    {"server_id", offsetof(struct manifest, server_id), true},
    {"server_version", offsetof(struct manifest, server_version), false},
    {"tool_version", offsetof(struct manifest, tool_version), false},
    {"migrate_version", offsetof(struct manifest, migrate_version), false},
    {"wal_before", offsetof(struct manifest, wal_before), true},
    {"wal_after", offsetof(struct manifest, wal_after), true},
    {"created", offsetof(struct manifest, created), false},
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
	return error_set(err, STATUS_FAILED, "\"%s\" is missing or of the wrong type", key);
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
	if (duration < 0)
		return missing("duration_ms", err);
	manifest->duration = (long)duration;
	if (!json_get_names(arena, json, "heads", &manifest->heads))
		return missing("heads", err);
	if (!json_get_names(arena, json, "pending", &manifest->pending))
		return missing("pending", err);
	return take_strings(arena, json, manifest, err);
}

static bool parse(
    struct arena *arena, const char *string, struct manifest *manifest, struct error *err)
{
	struct json *json = json_parse(string, err);
	bool parsed;

	if (json == NULL)
		return false;
	parsed = take_fields(arena, json, manifest, err);
	json_free(json);
	return parsed;
}

/* Reads the manifest `name`; false if it is none or there is nothing it could vouch for. */
static bool take(
    struct arena *arena, const char *directory, const char *name, struct manifest *manifest)
{
	const char *path = file_join(arena, directory, name);
	struct error err = {0};
	struct stat st;
	char *string;

	manifest->id = arena_strndup(arena, name, strlen(name) - strlen(SUFFIX));
	manifest->archive
	    = file_join(arena, directory, arena_printf(arena, "%s" ARCHIVE_SUFFIX, manifest->id));
	if (stat(manifest->archive, &st) != 0)
		return false;
	if (!file_read(arena, path, &string, NULL, &err)) {
		/* Another run may have pruned it since the directory was read. */
		if (file_exists(path))
			log_warn("backup: manifest left out: %s", err.message);
		return false;
	}
	if (!parse(arena, string, manifest, &err)) {
		log_warn("backup: manifest %s left out: %s", path, err.message);
		return false;
	}
	if (st.st_size != manifest->size) {
		log_warn("backup: %s left out: it has %lld bytes, its manifest says %lld",
		    manifest->archive, (long long)st.st_size, manifest->size);
		return false;
	}
	return true;
}

static int newer_first(const void *a, const void *b)
{
	const struct manifest *one = a, *other = b;
	int order = strcmp(other->created, one->created);

	return order != 0 ? order : strcmp(other->id, one->id);
}

const char *manifest_write(struct arena *arena, const struct manifest *manifest)
{
	struct text out = {.arena = arena};

	json_open(&out, NULL, '{');
	for (size_t i = 0; i < COUNT(fields); i++)
		json_text(&out, fields[i].key, get_field(manifest, &fields[i]));
	json_names(&out, "heads", &manifest->heads);
	json_names(&out, "pending", &manifest->pending);
	json_text(&out, "format", "custom");
	json_number(&out, "size", manifest->size);
	json_text(&out, "sha256", manifest->sha256);
	json_text(&out, "verified", "pg_restore read-back");
	json_number(&out, "duration_ms", manifest->duration);
	json_close(&out, '}');
	text_add(&out, "\n");
	return text_string(&out);
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
		const char *name = names.items[i];

		if (name[0] == '.' || !text_ends(name, SUFFIX))
			continue;
		list[taken] = (struct manifest){0};
		if (take(arena, directory, name, &list[taken]))
			taken++;
	}
	qsort(list, taken, sizeof(*list), newer_first);
	*manifests = list;
	*count = taken;
	return true;
}

bool manifest_same_database(const struct manifest *one, const struct manifest *other)
{
	if (strcmp(one->database, other->database) != 0)
		return false;
	if (one->server_id != NULL && other->server_id != NULL)
		return strcmp(one->server_id, other->server_id) == 0;
	return strcmp(one->host, other->host) == 0 && strcmp(one->port, other->port) == 0;
}
