/* notify_text: a notice in words for people, and as an object for programs. Pure. */
#ifndef CORE_NET_NOTIFY_TEXT_H
#define CORE_NET_NOTIFY_TEXT_H

#include "core/net/notification.h"

/* A message that is useful by itself on a phone: what happened where first, what to do next, details
 * last. At most `units` UTF-16 code units, as Telegram counts. */
const char *notify_text(struct arena *arena, const struct notification *notice, size_t units);

/* The webhook's object; cmd/boot.md documents it. */
const char *notify_json(struct arena *arena, const struct notification *notice);

/* At most so many UTF-16 code units of a text, "…" being the last where something was cut. */
const char *notify_cut(struct arena *arena, const char *string, size_t units);

#endif
