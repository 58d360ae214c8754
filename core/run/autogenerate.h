/* autogenerate: compares what the models want with what the database has, and writes migrations
 * that close the gap. */
#ifndef CORE_RUN_AUTOGENERATE_H
#define CORE_RUN_AUTOGENERATE_H

#include "core/apply/database.h"
#include "core/run/create.h"
#include "core/schema/batch.h"
#include "core/schema/once.h"
#include "core/schema/proof.h"
#include "core/schema/rename.h"
#include "core/schema/silence.h"

/* What somebody has decided. */
struct choices {
	struct names renames; /* pairs that are: "users.mail:email" */
	struct names drop; /* what is not kept, beside [models] drop */
	struct once_list once; /* values for rows that are there */
	bool prove; /* autogenerate_prove may follow */
};

struct job;

struct comparison {
	struct names found; /* a line for each difference: "added column 'users.email'" */
	struct silence_list kept; /* what the models do not have or leave unsaid */
	struct names unhandled; /* what no kind describes */
	struct names
	    refused; /* what the server does not take of the models, and why; it stays as it is */
	struct rename_list renames; /* that may be meant */
	struct names replaced; /* checks that may be meant in place of others: "t.new:t.old" */
	struct once_list once; /* columns for which rows that may be there have no value */
	struct batches batches;
	bool of_models; /* SQLAlchemy's, */
	size_t tables; /* which have so many: a forgotten import shows there */
	int server_version; /* 150004 */
	const struct proof *proof; /* by autogenerate_prove; NULL: none was asked for */
	struct job *job; /* what that needs */
};

/* Holds no lock, but for a moment those of --rename. Errors: the
 * source's (STATUS_CONFIG), the server's, STATUS_USAGE for a rename of nothing; batches_make's,
 * with all but the batches in *comparison, which is empty otherwise. */
MUST_CHECK bool autogenerate_compare(const struct config *config, struct database *database,
    const struct choices *choices, struct comparison *comparison, struct error *err);

/* Whether the table of such a column has rows now; true where that cannot be known. */
bool autogenerate_has_rows(const struct comparison *comparison, const struct once_column *once);

/* Whether the server takes the value for the column's type. Errors: its own. */
MUST_CHECK bool autogenerate_takes(
    const struct comparison *comparison, const struct once_column *once, struct error *err);

/* Tries the difference in a throwaway database; once, of choices->prove. Closes what was kept open for it. Errors,
 * STATUS_CONFIG: it does not do what it shall, comparison->proof->wrong says how; a stop. */
MUST_CHECK bool autogenerate_prove(struct comparison *comparison, struct error *err);

/* Closes it without a proof. Twice is fine. */
void autogenerate_end(struct comparison *comparison);

/* One file for each batch, in a row behind create->heads; *paths gets their names. Errors as
 * create_revision. */
MUST_CHECK bool autogenerate_write(struct arena *arena, const struct create *create,
    const struct comparison *comparison, struct names *paths, struct error *err);

#endif
