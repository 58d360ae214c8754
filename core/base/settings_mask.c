#include <string.h>
#include <strings.h>

#include "core/base/settings.h"
#include "core/base/text.h"

/* user:password@ */
static const char *mask_userinfo(struct arena *arena, const char *value)
{
	const char *scheme = strstr(value, "://");
	const char *user = scheme != NULL ? scheme + 3 : value;
	const char *colon = strchr(user, ':');
	const char *at = strrchr(user, '@');

	if (colon == NULL || at == NULL || at < colon)
		return value;
	return arena_printf(arena, "%.*s:***%s", (int)(colon - value), value, at);
}

/* Where the value of a parameter in keyword form ends: libpq's conninfo_parse. */
static const char *keyword_end(const char *at)
{
	bool quoted = *at == '\'';

	for (at += quoted; *at != '\0'; at++) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		else if (quoted && *at == '\'')
			return at + 1;
		else if (!quoted && strchr(" \t\r\n\f\v", *at) != NULL)
			return at;
	}
	return at;
}

/* The '=' of the next parameter whose name ends in a word for secrets, or NULL. */
static const char *next_secret(const char *value)
{
	static const char *const words[] = {"password", "secret", "token", "signature", "sig"};

	for (const char *equals = value; (equals = strchr(equals, '=')) != NULL; equals++) {
		const char *end = equals;

		while (end > value && strchr(" \t\r\n\f\v", end[-1]) != NULL)
			end--;
		for (size_t i = 0; i < COUNT(words); i++) {
			size_t length = strlen(words[i]);

			if ((size_t)(end - value) >= length
			    && !strncasecmp(end - length, words[i], length))
				return equals;
		}
	}
	return NULL;
}

const char *settings_mask(struct arena *arena, const char *value)
{
	struct text out = {.arena = arena};
	const char *equals, *at = mask_userinfo(arena, value);
	bool url = strstr(at, "://") != NULL;

	while ((equals = next_secret(at)) != NULL) {
		text_add_bytes(&out, at, (size_t)(equals + 1 - at));
		text_add(&out, "***");
		at = equals + 1;
		at += url ? strcspn(at, "&") : strspn(at, " \t\r\n\f\v");
		if (!url)
			at = keyword_end(at);
	}
	text_add(&out, at);
	return text_string(&out);
}
