#include <string.h>

#include "core/net/http.h"

#define BODY_SHOWN 500 /* columns of what a server says */

const char *http_host(struct arena *arena, const char *url)
{
	const char *start = strstr(url, "://"), *end;

	start = start != NULL ? start + strlen("://") : url;
	end = start + strcspn(start, "/?#");
	for (const char *at = start; at < end; at++)
		if (*at == '@')
			start = at + 1;
	return arena_printf(arena, "%.*s", (int)(end - start), start);
}

static bool redirected(
    const struct http_request *request, const struct http_answer *answer, struct error *err)
{
	struct arena scratch = {0};

	error_set(err, STATUS_FAILED,
	    "%s answered %s with status %ld, a redirect to %s, which is not followed",
	    http_host(&scratch, request->url), request->method, answer->status,
	    answer->location != NULL ? http_host(&scratch, answer->location) : "nowhere");
	error_detail(err, "%s", text_cut(&scratch, answer->body, BODY_SHOWN));
	arena_free(&scratch);
	return false;
}

bool http_refused(
    const struct http_request *request, const struct http_answer *answer, struct error *err)
{
	struct arena scratch = {0};

	if (answer->status / 100 == 3)
		return redirected(request, answer, err);
	error_set(err, STATUS_FAILED, "%s refused %s with status %ld",
	    http_host(&scratch, request->url), request->method, answer->status);
	error_detail(err, "%s", text_cut(&scratch, answer->body, BODY_SHOWN));
	arena_free(&scratch);
	return false;
}

const char *http_escape(struct arena *arena, const char *string, const char *also)
{
	static const char plain[]
	    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-";
	struct text out = {.arena = arena};

	for (; *string != '\0'; string++)
		if (strchr(plain, *string) != NULL || strchr(also, *string) != NULL)
			text_add_bytes(&out, string, 1);
		else
			text_printf(&out, "%%%02X", (unsigned char)*string);
	return text_string(&out);
}
