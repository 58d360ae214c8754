#include "core/apply/pooled.h"

#include "core/pg/scan_effect.h"

/* What the application would notice. */
#define LEAVES (HOLDS_RELATION | HOLDS_CURSOR | HOLDS_LOCK | HOLDS_SETTING | HOLDS_CONNECTION)

/* The first that leaves something in its session; its line, 0 if none does. */
static long leaving(const struct script *script)
{
	for (size_t i = 0; i < script->count; i++) {
		struct session_effect effect = scan_effect(&script->statements[i]);

		if (effect.sets || (effect.holds & LEAVES) != 0)
			return script->statements[i].line;
	}
	return 0;
}

static bool refuse(const struct apply *apply, const struct script *script, long line,
    const char *what, struct error *err)
{
	error_set(err, STATUS_CONFIG,
	    "%s cannot set the session through a pooler in a migration without transaction", what);
	error_at(err, script->revision->path, line);
	error_detail(err, "the application would get the session next, with these settings");
	return error_hint(err, "%s", apply->around);
}

bool pooled_check(const struct apply *apply, const struct script *script, struct error *err)
{
	long line;

	if (apply->around == NULL || script->transactional)
		return true;
	if (apply->role != NULL)
		return refuse(apply, script, script->part->line, "[apply] role", err);
	if (apply->search_path != NULL)
		return refuse(apply, script, script->part->line, "[apply] search_path", err);
	line = leaving(script);
	return line == 0 || refuse(apply, script, line, "a statement", err);
}
