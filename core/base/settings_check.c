#include <string.h>
#include <strings.h>

#include "core/base/settings.h"
#include "core/base/text.h"

static bool check_bool(const char *value, long *number)
{
	static const char *const words[][2] = {
	    {"off", "on"},
	    {"false", "true"},
	    {"no", "yes"},
	    {"0", "1"},
	};

	for (size_t i = 0; i < COUNT(words); i++)
		for (long on = 0; on < 2; on++)
			if (!strcasecmp(value, words[i][on])) {
				*number = on;
				return true;
			}
	return false;
}

static bool check_choice(const char *choices, const char *value)
{
	size_t length = strlen(value);

	for (const char *at = choices; at != NULL; at = strchr(at, '|')) {
		at += *at == '|';
		if (length > 0 && strcspn(at, "|") == length && !strncmp(at, value, length))
			return true;
	}
	return false;
}

bool settings_check(enum setting_id id, const char *value, long *number)
{
	*number = 0;
	switch (config_settings[id].type) {
	case SETTING_STRING:
	case SETTING_PATH: return true;
	case SETTING_BOOL: return check_bool(value, number);
	case SETTING_NUMBER: return text_to_long(value, number);
	case SETTING_DURATION: return text_to_ms(value, number);
	case SETTING_SIZE: return text_to_bytes(value, number);
	case SETTING_CHOICE: return check_choice(config_settings[id].choices, value);
	}
	return false;
}

const char *settings_expected(struct arena *arena, enum setting_id id)
{
	static const char *const expected[] = {
	    [SETTING_STRING] = "text",
	    [SETTING_PATH] = "a path",
	    [SETTING_BOOL] = "on or off",
	    [SETTING_NUMBER] = "a whole number",
	    [SETTING_DURATION] = "a duration such as 500ms, 30s, 5m or 1h",
	    [SETTING_SIZE] = "a size such as 512kB or 16MB",
	};
	const struct setting *setting = &config_settings[id];
	struct names choices;

	if (setting->type != SETTING_CHOICE)
		return expected[setting->type];
	choices = names_split(arena, setting->choices, "|");
	return arena_printf(arena, "one of %s", names_join(arena, &choices, ", "));
}
