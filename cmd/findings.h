/* findings: lint's findings, on stdout, in each format. */
#ifndef CMD_FINDINGS_H
#define CMD_FINDINGS_H

#include "core/rehearse/lint.h"

/* "FILE:LINE: NAME: message", then the statement, why, and the safe form. Ignored ones are left out. */
void findings_text(struct arena *arena, const struct findings *findings);

/* An object with all of them, the ignored ones with their reason. */
void findings_json(struct arena *arena, const struct findings *findings);

/* GitHub's workflow commands, "::warning file=…,line=…,title=…::…". */
void findings_github(struct arena *arena, const struct findings *findings);

/* SARIF 2.1.0; ignored ones are suppressed in it. */
void findings_sarif(struct arena *arena, const struct findings *findings);

/* Adds an array of them to an object. */
void findings_add(struct text *out, const char *key, const struct findings *findings);

/* The table of rules. */
void findings_rules(void);

#endif
