#include "cmd/proof.h"

#include <string.h>

#include "core/base/json.h"
#include "core/base/log.h"
#include "core/pg/mask.h"
#include "core/pg/scan.h"

void proof_log(struct arena *arena, const struct proof *proof)
{
	struct text but = {.arena = arena};

	if (proof->untried != NULL) {
		log_warn("written without a proof: %s", proof->untried);
		return;
	}
	if (proof->inexact.count > 0)
		text_printf(&but, "; inexact, and not compared: %s",
		    names_join(arena, &proof->inexact, ", "));
	if (proof->lacking.count > 0)
		text_printf(&but,
		    "; not compared, for a throwaway database cannot have it (%s): %s", proof->why,
		    names_join(arena, &proof->lacking, ", "));
	log_info("Proved in a throwaway database, down and up%s", text_string(&but));
}

/* Statement by statement, so that nothing is too long to be masked. */
static void add_part(struct text *out, const char *marker, const char *sql)
{
	struct scan scan = scan_start("", sql, strlen(sql), 1);
	struct statement statement;
	struct error ignored;

	text_printf(out, "-- %s\n", marker);
	while (scan_next(&scan, &statement, &ignored) && statement.sql != NULL)
		text_printf(out, "%s;\n",
		    mask_sql(out->arena, statement.sql, statement.length, MASK_SECRETS, NULL));
}

const char *proof_report(struct arena *arena, const struct comparison *comparison)
{
	const struct proof *proof = comparison->proof;
	struct text out = {.arena = arena};

	text_printf(&out, "migrate %s, PostgreSQL %d: a migration does not do what it shall\n\n",
	    MIGRATE_VERSION, comparison->server_version);
	for (size_t i = 0; i < proof->wrong.count; i++)
		text_printf(&out, "- %s\n", mask_words(arena, proof->wrong.items[i], MASK_SECRETS));
	for (size_t i = 0; i < comparison->batches.count; i++) {
		const struct batch *batch = &comparison->batches.items[i];

		text_add(&out, "\n");
		add_part(
		    &out, batch->online ? "migrate:up transaction:false" : "migrate:up", batch->up);
		text_add(&out, "\n");
		add_part(&out, batch->online ? "migrate:down transaction:false" : "migrate:down",
		    batch->down);
	}
	return text_string(&out);
}

void proof_json(struct text *out, const struct proof *proof)
{
	if (proof == NULL) {
		json_text(out, "proof", NULL);
		return;
	}
	json_open(out, "proof", '{');
	json_bool(out, "tried", proof->untried == NULL);
	json_text(out, "reason", proof->untried);
	json_names(out, "differences", &proof->wrong);
	json_names(out, "inexact", &proof->inexact);
	json_names(out, "lacking", &proof->lacking);
	json_close(out, '}');
}
