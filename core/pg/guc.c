#include "core/pg/guc.h"

#include "core/base/text.h"

static const struct {
	const char *name, *value;
	int since; /* server_version_num */
} settings[] = {
    {"idle_session_timeout", "0", 140000},
};

const char *guc_own(struct arena *arena, const struct session *session, bool local)
{
	struct text sql = {.arena = arena};

	text_add(&sql, "SELECT true");
	for (size_t i = 0; i < COUNT(settings); i++)
		if (session_server_version(session) >= settings[i].since)
			text_printf(&sql, ", pg_catalog.set_config('%s', '%s', %s)",
			    settings[i].name, settings[i].value, local ? "true" : "false");
	return text_string(&sql);
}
