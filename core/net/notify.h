/* notify: tells Telegram, Slack, healthchecks.io, a webhook, a Pushgateway and an OpenTelemetry
 * collector, each if it is configured, all at once and within one time.
 *
 * Who is not reached is named in the log; nothing fails because of that. Addresses and tokens are in no
 * message. */
#ifndef CORE_NET_NOTIFY_H
#define CORE_NET_NOTIFY_H

#include "core/base/clock.h"
#include "core/net/notification.h"

/* Whether anybody is to be told of anything. */
bool notify_wanted(const struct config *config);

/* Returns when everybody was told or the time is over. Threads run meanwhile; none is left. After a stop
 * it still tells, in at most a second. */
void notify_send(const struct config *config, const struct notification *notice, struct deadline by);

/* Who would be told, and who cannot be. */
struct notify_probe {
	struct names reached;	/* "Slack" */
	struct names missed;	/* "Telegram: api.telegram.org refused GET with status 401" */
};

/* Tries each without telling it anything: Telegram by getChat, which takes the token and the chat, the
 * others by a connection, with its TLS. Once, all at once, within the time. */
void notify_probe(
    struct arena *arena, const struct config *config, struct deadline by, struct notify_probe *probe);

#endif
