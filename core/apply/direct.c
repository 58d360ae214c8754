#include "core/apply/direct.h"

#include <string.h>

#include "core/pg/pooler.h"

#define GIVE "Give the server's own URL: MIGRATE_DIRECT_URL=postgresql://user@server/database"
#define OTHERWISE                                                                                  \
	"; if only the pooler can be reached, MIGRATE_LOCK_MODE=transaction and "                  \
	"MIGRATE_BACKUP_ENABLED=off"
#define CORRECT "Set MIGRATE_DIRECT_URL to the server itself: it now names a pooler."

static bool is_given(const struct config *config)
{
	return config_string(config, SETTING_DIRECT_URL) != NULL;
}

bool direct_is_missing(const struct config *config)
{
	return !is_given(config)
	       && strcmp(config_string(config, SETTING_LOCK_MODE), "transaction") == 0;
}

const char *direct_hint(const struct config *config)
{
	return is_given(config) ? CORRECT : GIVE;
}

const char *direct_lock_hint(const struct config *config)
{
	return is_given(config) ? CORRECT : GIVE OTHERWISE;
}

static bool refuse(
    const struct config *config, const char *what, const char *why, struct error *err)
{
	error_set(err, STATUS_CONFIG, "%s is not possible through a pooler", what);
	error_detail(err, "%s; session state that it leaves would reach the application", why);
	return error_hint(err, "%s", direct_hint(config));
}

bool direct_expect(
    const struct config *config, struct session *session, const char *what, struct error *err)
{
	bool between;

	if (direct_is_missing(config))
		return refuse(config, what,
		    "[lock] mode = transaction says that there is a pooler, and direct_url is not "
		    "set",
		    err);
	if (!pooler_notice(session, &between, err))
		return false;
	return !between
	       || refuse(config, what,
		   "the server process that answers is not the one that the connection reported",
		   err);
}
