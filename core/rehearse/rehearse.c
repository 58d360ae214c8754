#include "core/rehearse/rehearse.h"

#include <stdlib.h>
#include <string.h>

#include "core/apply/direct.h"
#include "core/base/log.h"
#include "core/base/stop.h"

#define MEGABYTE 1000000LL

/* The database's size where its data shall be restored. */
MUST_CHECK static bool fits(struct rehearsal *rehearsal, struct database *live, struct error *err)
{
	long most = config_number(rehearsal->config, SETTING_REHEARSE_SIZE);
	const struct query query
	    = {.sql = "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())"};
	struct rows rows;
	long long size;

	if (!rehearsal->data || most == 0)
		return true;
	if (!session_query(live->session, rehearsal->arena, &query, &rows, err))
		return false;
	size = strtoll(rows_get(&rows, 0, 0), NULL, 10);
	if (size / MEGABYTE > most)
		rehearsal->skipped = arena_printf(rehearsal->arena,
		    "the database has %s, and [rehearse] size allows %ld MB",
		    text_size(rehearsal->arena, size), most);
	return true;
}

/* What is applied has been tried by then; a way back is not. */
static bool is_late(const struct roundtrips *roundtrips)
{
	return deadline_passed(roundtrips->scratch_db.by) && stop_signal() == 0;
}

MUST_CHECK static bool run(
    struct rehearsal *rehearsal, struct database *live, int64_t began, struct error *err)
{
	struct roundtrips *roundtrips = &rehearsal->roundtrips;
	struct journal journal;

	if (!journal_read(live->session, rehearsal->arena, &live->version, &journal, err)
	    || !roundtrips_open(roundtrips, err))
		return false;
	rehearsal->fill = (long)(clock_ms() - began);
	roundtrips->journal = &journal;
	journal.options = false; /* the scratch database's may be older: it comes from a backup */
	return roundtrips_run(roundtrips, rehearsal->target, NULL, err)
	       && roundtrips_descend(roundtrips, err)
	       && (roundtrips_make_up(roundtrips, err) || is_late(roundtrips))
	       && extents_read(
		   live->session, rehearsal->arena, roundtrips, &rehearsal->extents, err)
	       && lint_find(roundtrips, &rehearsal->findings, err);
}

/* pg_restore has only words for it. */
static bool is_disk_full(const struct error *err)
{
	return strcmp(err->sqlstate, "53100") == 0
	       || strstr(err->detail, "No space left on device") != NULL;
}

bool rehearse_run(struct rehearsal *rehearsal, struct database *live, struct error *err)
{
	const struct config *config = rehearsal->config;
	struct roundtrips *roundtrips = &rehearsal->roundtrips;
	int64_t began = clock_ms();
	bool done;

	*roundtrips = (struct roundtrips){
	    .arena = rehearsal->arena,
	    .graph = rehearsal->graph,
	    .effects = {.arena = rehearsal->arena},
	    .scratch_db = {
	        .config = config,
	        .live = live,
	        .backup = rehearsal->backup,
	        .data = rehearsal->data,
	        .by = deadline_in(config_number(config, SETTING_REHEARSE_TIMEOUT)),
	    },
	};
	rehearsal->findings = (struct findings){.arena = rehearsal->arena};
	if (!direct_expect(config, live->session, "a rehearsal", err)
	    || !fits(rehearsal, live, err))
		return false;
	if (rehearsal->skipped != NULL)
		return true;
	done = run(rehearsal, live, began, err);
	roundtrips_close(roundtrips);
	rehearsal->duration = (long)(clock_ms() - began);
	if (!done && is_late(roundtrips)) {
		rehearsal->skipped = "the rehearsal did not finish within [rehearse] timeout";
		return true;
	}
	if (!done && stop_signal() == 0 && is_disk_full(err)) {
		err->status = STATUS_ROLLED_BACK;
		error_hint(err, "Nothing was changed. Make room where the scratch database is, or "
				"use another server for it: MIGRATE_REHEARSE_URL=postgresql://…");
	}
	return done;
}

static bool left_out(const struct roundtrips *roundtrips)
{
	for (size_t i = 0; i < roundtrips->effects.count; i++)
		if (roundtrips->effects.sights[i].left_out)
			return true;
	return false;
}

bool rehearse_judge(const struct rehearsal *rehearsal, struct error *err)
{
	const struct roundtrips *roundtrips = &rehearsal->roundtrips;
	const struct roundtrip *failed = roundtrips_failed(roundtrips);

	if (failed != NULL) {
		*err = *failed->failure;
		if (err->status != STATUS_CONFIG)
			err->status = STATUS_ROLLED_BACK;
		error_hint(err,
		    "It failed in a scratch database%s%s; nothing was changed. Fix it and try "
		    "again: migrate rehearse",
		    roundtrips->scratch_db.missing > 0
			? ", which lacks things that could not be restored"
			: "",
		    left_out(roundtrips) ? ", where statements that reach beyond it were not run"
					 : "");
		return error_prefix(err, "rehearsal");
	}
	for (size_t i = 0; i < roundtrips->count; i++) {
		const struct roundtrip *roundtrip = &roundtrips->items[i];

		if (roundtrip->taken.count == 0)
			continue;
		error_set(err, STATUS_ROLLED_BACK,
		    "rehearsal: after revision %s the next key is taken: %s",
		    roundtrip->node->revision.id,
		    names_join(rehearsal->arena, &roundtrip->taken, ", "));
		error_at(err, roundtrip->node->revision.path, roundtrip->node->revision.up.line);
		return error_hint(err, "INSERT would fail. Let the migration end with: SELECT "
				       "setval('…', (SELECT max(…) FROM …));");
	}
	for (size_t i = 0; i < roundtrips->count; i++) {
		const struct roundtrip *roundtrip = &roundtrips->items[i];

		if (roundtrip->back <= BACK_MISSING)
			continue;
		error_set(err, STATUS_PENDING, "rehearsal: revision %s cannot be reverted",
		    roundtrip->node->revision.id);
		error_at(err, roundtrip->node->revision.path, roundtrip->node->revision.down.line);
		return error_hint(err, "Fix its down part; the report says what it leaves.");
	}
	return true;
}

struct names rehearse_lost(const struct rehearsal *rehearsal, const struct roundtrip *roundtrip)
{
	static const char *const losing[] = {"drop-column", "drop-table", "truncate", "lossy-type"};
	const struct findings *findings = &rehearsal->findings;
	struct names lost = {0};

	for (size_t i = 0; i < findings->count; i++)
		for (size_t j = 0; j < COUNT(losing); j++)
			if (findings->items[i].revision == &roundtrip->node->revision
			    && strcmp(findings->items[i].rule->name, losing[j]) == 0)
				names_add(rehearsal->arena, &lost, findings->items[i].message);
	return lost;
}
