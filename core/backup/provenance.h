/* provenance: whose a backup is, this database's or another's that only has the same name.
 *
 * A backup is of this database if its server has this one's system identifier and its database this
 * one's name (not its oid, which every restore --swap changes), or if this database's journal names it: then
 * it is of this database's past wherever it was taken, as after pg_upgrade, a move, a restore. A physical
 * clone has its original's identifier: what was taken ahead of this server's position in the write-ahead log,
 * or of a timeline that is not in its history, is another server's. Pure. */
#ifndef CORE_BACKUP_PROVENANCE_H
#define CORE_BACKUP_PROVENANCE_H

#include "core/backup/manifest.h"

enum provenance {
	PROVENANCE_OURS,
	PROVENANCE_OTHER_NAME,
	PROVENANCE_OTHER_SERVER,
	PROVENANCE_OTHER_TIMELINE,	/* not in this server's history, or past where it left it */
	PROVENANCE_UNKNOWN_TIMELINE,	/* an earlier one, of which this role may not read the end */
	PROVENANCE_AHEAD		/* taken at a position that this server has not reached */
};

/* A database as it is now. */
struct lineage {
	struct manifest now;	/* as identity_read fills it in */
	const char *history;	/* its timeline's history file; "": it has none; NULL: not to be read */
	struct names journal;	/* ids of the backups that its journal names */
};

enum provenance provenance_of(const struct lineage *lineage, const struct manifest *backup);

/* Why it is not this database's: "of database shop, not of bot". NULL for PROVENANCE_OURS. */
const char *provenance_reason(
    struct arena *arena, const struct lineage *lineage, const struct manifest *backup);

/* Moves this database's backups to the front, in their order; returns how many there are. */
size_t provenance_select(
    struct arena *arena, const struct lineage *lineage, struct manifest *backups, size_t count);

#endif
