/* version: what --version prints: which program this is, and which libraries do its work. */
#include "cmd/version.h"

#include "build.h"
#include "cmd/answer.h"
#include "core/base/hash.h"
#include "core/net/http.h"
#include "core/pg/session.h"

void version_print(void)
{
	struct arena arena = {0};

	answer_line("migrate " MIGRATE_VERSION);
	if (BUILD_COMMIT[0] != '\0')
		answer_line("commit " BUILD_COMMIT);
#ifdef LIBCURL_STATIC
	static const char *const sources[] = {BUILD_SOURCES NULL};

	answer_line("static, with:");
	for (const char *const *source = sources; *source != NULL; source++)
		answer_line(*source);
#else
	answer_line("dynamic, with:");
	answer_line(arena_printf(&arena, "libpq %s", session_library(&arena)));
	answer_line(hash_library());
	answer_line(http_library());
#endif
	arena_free(&arena);
}
