/* doctor: is everything there that a boot needs, in the container and on the server? Changes nothing but
 * a file in the backup directory, which is gone again at once. */
#ifndef CORE_DOCTOR_DOCTOR_H
#define CORE_DOCTOR_DOCTOR_H

#include "core/apply/database.h"

enum health {
	HEALTH_OK,
	HEALTH_WARNING,	/* the boot works, but something will hurt */
	HEALTH_FAILURE,	/* a boot that has something to apply would fail */
	HEALTH_SKIPPED	/* it cannot be looked at before another line is mended */
};

struct finding {
	const char *name;	/* of the check */
	enum health health;
	const char *says;
	const char *remedy;	/* NULL where nothing is to be done */
};

#define DOCTOR_CHECKS_MAX 32

struct doctor_findings {
	struct finding items[DOCTOR_CHECKS_MAX];
	size_t count;
	bool failed;	/* one of them is a failure */
};

/* Looks at everything; what is wrong is a finding, never an error. */
void doctor_run(
    struct arena *arena, const struct config_flags *flags, struct doctor_findings *findings);

#endif
