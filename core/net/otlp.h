/* otlp: a boot as a trace of OpenTelemetry, in the JSON form of OTLP 1.x (opentelemetry.io/docs/specs/otlp),
 * by what its specification says of the environment: OTEL_EXPORTER_OTLP_[TRACES_]ENDPOINT and _HEADERS,
 * OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_SDK_DISABLED, and TRACEPARENT, whose trace is then
 * continued. */
#ifndef CORE_NET_OTLP_H
#define CORE_NET_OTLP_H

#include "core/net/notification.h"

/* Where traces go; NULL: nowhere. */
const char *otlp_url(struct arena *arena);

/* The headers that the environment asks for, "Name: value". */
struct names otlp_headers(struct arena *arena);

/* The request's body. */
const char *otlp_json(struct arena *arena, const struct notification *notice);

#endif
