#include "core/doctor/checks.h"
#include "core/net/notify.h"

/* Nobody is told anything by it. A boot goes on without whom it cannot reach: a warning. */
struct verdict check_notifications(struct doctor *doctor)
{
	struct deadline by = deadline_in(config_number(doctor->config, SETTING_NOTIFY_TIMEOUT));
	struct notify_probe probe;

	if (!notify_wanted(doctor->config))
		return verdict_ok("no notifications are configured");
	notify_probe(doctor->arena, doctor->config, by, &probe);
	if (probe.missed.count > 0)
		return verdict_warning(names_join(doctor->arena, &probe.missed, "; "), NULL);
	return verdict_ok(arena_printf(
	    doctor->arena, "reached: %s", names_join(doctor->arena, &probe.reached, ", ")));
}
