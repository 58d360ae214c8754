/* metrics: a boot as Prometheus reads it (exposition format 0.0.4), for node_exporter's textfile collector
 * and the Pushgateway.
 *
 * Gauges in base units; times as timestamps, from which an age follows; no timestamps of samples. */
#ifndef CORE_NET_METRICS_H
#define CORE_NET_METRICS_H

#include "core/net/notification.h"

/* The text; ends in a newline. `last_success` is what an earlier run said of its success, 0 for nothing:
 * it is repeated when this one failed. */
const char *metrics_text(struct arena *arena, const struct notification *notice, long long last_success);

/* Writes DIRECTORY/migrate_NAME.prom by way of another file that is renamed: the collector reads at any
 * time. Errors: STATUS_FAILED. */
MUST_CHECK bool metrics_write(
    struct arena *arena, const char *directory, const struct notification *notice, struct error *err);

#endif
