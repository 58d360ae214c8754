#include "core/net/libcurl.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char missing[512];

#ifdef LIBCURL_STATIC

static void load(void)
{
}

#else

#include <dlfcn.h>
#include <stdarg.h>
#include <string.h>

#include "core/base/attr.h"

/* Macros that check the types of what comes after the option. */
#undef curl_easy_setopt
#undef curl_easy_getinfo

/* clang-format off */
#define FUNCTIONS(VALUE, NOTHING) \
	VALUE(CURLcode, curl_global_init, (long flags), (flags)) \
	VALUE(char *, curl_version, (void), ()) \
	VALUE(CURL *, curl_easy_init, (void), ()) \
	VALUE(const char *, curl_easy_strerror, (CURLcode code), (code)) \
	VALUE(CURLHcode, curl_easy_header, (CURL *easy, const char *name, size_t index, \
		unsigned origin, int request, struct curl_header **header), \
		(easy, name, index, origin, request, header)) \
	NOTHING(curl_easy_reset, (CURL *easy), (easy)) \
	NOTHING(curl_easy_cleanup, (CURL *easy), (easy)) \
	VALUE(CURLM *, curl_multi_init, (void), ()) \
	VALUE(CURLMcode, curl_multi_add_handle, (CURLM *multi, CURL *easy), (multi, easy)) \
	VALUE(CURLMcode, curl_multi_remove_handle, (CURLM *multi, CURL *easy), (multi, easy)) \
	VALUE(CURLMcode, curl_multi_perform, (CURLM *multi, int *running), (multi, running)) \
	VALUE(CURLMcode, curl_multi_poll, (CURLM *multi, struct curl_waitfd extra[], \
		unsigned count, int ms, int *ready), (multi, extra, count, ms, ready)) \
	VALUE(CURLMsg *, curl_multi_info_read, (CURLM *multi, int *left), (multi, left)) \
	VALUE(CURLMcode, curl_multi_cleanup, (CURLM *multi), (multi)) \
	VALUE(struct curl_slist *, curl_slist_append, (struct curl_slist *list, const char *text), \
		(list, text)) \
	NOTHING(curl_slist_free_all, (struct curl_slist *list), (list)) \
	VALUE(curl_mime *, curl_mime_init, (CURL *easy), (easy)) \
	VALUE(curl_mimepart *, curl_mime_addpart, (curl_mime *form), (form)) \
	VALUE(CURLcode, curl_mime_name, (curl_mimepart *part, const char *name), (part, name)) \
	VALUE(CURLcode, curl_mime_filename, (curl_mimepart *part, const char *name), (part, name)) \
	VALUE(CURLcode, curl_mime_type, (curl_mimepart *part, const char *type), (part, type)) \
	VALUE(CURLcode, curl_mime_data, (curl_mimepart *part, const char *data, size_t size), \
		(part, data, size)) \
	VALUE(CURLcode, curl_mime_data_cb, (curl_mimepart *part, curl_off_t size, \
		curl_read_callback reads, curl_seek_callback seeks, curl_free_callback frees, \
		void *context), (part, size, reads, seeks, frees, context)) \
	NOTHING(curl_mime_free, (curl_mime *form), (form))

#define HAND_ON(type, name, parameters, arguments) \
	static __typeof__(name) *to_##name; \
	type name parameters { return to_##name arguments; }
#define HAND_ON_NOTHING(name, parameters, arguments) \
	static __typeof__(name) *to_##name; \
	void name parameters { to_##name arguments; }
FUNCTIONS(HAND_ON, HAND_ON_NOTHING)

static __typeof__(curl_easy_setopt) *to_curl_easy_setopt;
static __typeof__(curl_easy_getinfo) *to_curl_easy_getinfo;

static const struct {
	const char *name;
	void *to;
} functions[] = {
#define ROW(type, name, parameters, arguments) {#name, (void *)&to_##name},
#define ROW_NOTHING(name, parameters, arguments) {#name, (void *)&to_##name},
	FUNCTIONS(ROW, ROW_NOTHING)
	ROW(, curl_easy_setopt, , )
	ROW(, curl_easy_getinfo, , )
};
/* clang-format on */

/* What comes after the option is an offset, a long or some pointer, as its number says. */
CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
	CURLcode code;
	va_list more;

	va_start(more, option);
	if (option < CURLOPTTYPE_OBJECTPOINT)
		code = to_curl_easy_setopt(easy, option, va_arg(more, long));
	else if (option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB)
		code = to_curl_easy_setopt(easy, option, va_arg(more, curl_off_t));
	else
		code = to_curl_easy_setopt(easy, option, va_arg(more, void *));
	va_end(more);
	return code;
}

CURLcode curl_easy_getinfo(CURL *easy, CURLINFO info, ...)
{
	CURLcode code;
	va_list more;

	va_start(more, info);
	code = to_curl_easy_getinfo(easy, info, va_arg(more, void *));
	va_end(more);
	return code;
}

/* The second is Debian's with GnuTLS. It stays loaded. */
static void load(void)
{
	static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
	void *library = NULL;

	for (size_t i = 0; library == NULL && i < COUNT(names); i++) {
		library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
		if (library == NULL && i == 0)
			snprintf(missing, sizeof(missing), "%s", dlerror());
	}
	if (library == NULL)
		return;
	missing[0] = '\0';
	for (size_t i = 0; i < COUNT(functions); i++) {
		void *found = dlsym(library, functions[i].name);

		if (found == NULL) {
			snprintf(missing, sizeof(missing), "it has no %s", functions[i].name);
			return;
		}
		memcpy(functions[i].to, &found, sizeof(found));
	}
}

#endif

static void prepare(void)
{
	load();
	if (missing[0] == '\0' && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
}

const char *libcurl_missing(void)
{
	pthread_once(&once, prepare);
	return missing[0] != '\0' ? missing : NULL;
}
