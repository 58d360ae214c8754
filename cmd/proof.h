/* proof: how the proof of a difference ended, for people and programs. */
#ifndef CMD_PROOF_H
#define CMD_PROOF_H

#include "core/run/autogenerate.h"

/* Says in the log that it was proved, what was left out of it, or why it could not be tried. */
void proof_log(struct arena *arena, const struct proof *proof);

/* The text of a bug report: what differs, and the migration; secrets are masked. */
const char *proof_report(struct arena *arena, const struct comparison *comparison);

/* "proof", an object; null where nobody asked for one: `proof` NULL. */
void proof_json(struct text *out, const struct proof *proof);

#endif
