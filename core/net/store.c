#include "core/net/store.h"

#include <string.h>

#include "core/base/stop.h"

static const struct store_kind *const kinds[]
    = {&store_s3, &store_webdav, &store_http, &store_local, &store_telegram};

bool store_open(struct arena *arena, const struct store_settings *settings, struct store *store,
    struct error *err)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (!text_starts(settings->url, kinds[i]->scheme))
			continue;
		*store = (struct store){
		    .arena = arena,
		    .settings = *settings,
		    .kind = kinds[i],
		    .base = settings->url,
		    .http = http_open(),
		};
		if (kinds[i]->open(store, err))
			return true;
		store_close(store);
		return false;
	}
	error_set(err, STATUS_CONFIG, "[backup] upload is not a supported URL");
	return error_hint(err,
	    "It is s3://BUCKET/PREFIX?endpoint=…&region=…, https://… for WebDAV, "
	    "file:///DIRECTORY, or telegram:CHAT.");
}

void store_close(struct store *store)
{
	http_close(store->http);
	store->http = NULL;
}

bool store_reads(const struct store *store)
{
	return store->kind->get != NULL;
}

/* A password may have what ends a host: all up to the last "@" goes. */
const char *store_shown(struct arena *arena, const struct store *store, const char *name)
{
	const char *url = store->settings.url, *scheme = strstr(url, "://");
	const char *host = scheme != NULL ? scheme + strlen("://") : url, *start = host;
	const char *end = host + strcspn(host, "?#");

	for (const char *at = host; at < end; at++)
		if (*at == '@')
			start = at + 1;
	while (end > start && end[-1] == '/')
		end--;
	return arena_printf(arena, "%.*s%.*s%s%s", (int)(host - url), url, (int)(end - start),
	    start, name != NULL ? "/" : "", name != NULL ? name : "");
}

/* Says which place, and which file in it. */
static bool place(const struct store *store, const char *name, struct error *err)
{
	struct arena scratch = {0};

	if (stop_signal() == 0)
		error_append(err, " (%s)", store_shown(&scratch, store, name));
	arena_free(&scratch);
	return false;
}

bool store_put(struct store *store, const struct store_file *file, struct error *err)
{
	return store->kind->put(store, file, err) || place(store, file->name, err);
}

bool store_get(struct store *store, struct store_fetch *fetch, struct error *err)
{
	return store->kind->get(store, fetch, err) || place(store, fetch->name, err);
}

bool store_list(struct store *store, struct names *names, struct error *err)
{
	struct names found = {0};

	if (!store->kind->list(store, &found, err))
		return place(store, NULL, err);
	names_sort(&found);
	*names = found;
	return true;
}

bool store_remove(struct store *store, const char *name, struct error *err)
{
	return store->kind->remove(store, name, err) || place(store, name, err);
}
