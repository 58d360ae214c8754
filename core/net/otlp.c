#include "core/net/otlp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/json.h"
#include "core/base/random.h"

#define KIND_INTERNAL 1
#define STATUS_CODE_OK 1
#define STATUS_CODE_ERROR 2
#define TRACE_ID_BYTES 16
#define SPAN_ID_BYTES 8

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* The traces' own variable, or the one for all signals. */
static const char *either(struct arena *arena, const char *name)
{
	const char *own = variable(arena_printf(arena, "OTEL_EXPORTER_OTLP_TRACES_%s", name));

	return own != NULL ? own : variable(arena_printf(arena, "OTEL_EXPORTER_OTLP_%s", name));
}

const char *otlp_url(struct arena *arena)
{
	const char *own = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
	const char *base = variable("OTEL_EXPORTER_OTLP_ENDPOINT");
	const char *disabled = variable("OTEL_SDK_DISABLED");

	if (disabled != NULL && strcasecmp(disabled, "true") == 0)
		return NULL;
	if (own != NULL || base == NULL)
		return own;
	return arena_printf(arena, "%s%sv1/traces", base, text_ends(base, "/") ? "" : "/");
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Values of the W3C baggage format are percent-encoded. */
static const char *decode(struct arena *arena, const char *string)
{
	struct text out = {.arena = arena};

	for (; *string != '\0'; string++) {
		int high = *string == '%' ? hex_digit(string[1]) : -1;
		int low = high >= 0 ? hex_digit(string[2]) : -1;
		char decoded = (char)(high * 16 + low);

		text_add_bytes(&out, low >= 0 ? &decoded : string, 1);
		string += low >= 0 ? 2 : 0;
	}
	return text_string(&out);
}

/* "key=value,…" into keys and values, in turn. */
static struct names pairs(struct arena *arena, const char *list)
{
	struct names items = {0}, found = {0};

	if (list != NULL)
		items = names_split(arena, list, ",");
	for (size_t i = 0; i < items.count; i++) {
		const char *equals = strchr(items.items[i], '=');

		if (equals == NULL)
			continue;
		names_add(arena, &found,
		    text_trim(arena, items.items[i], (size_t)(equals - items.items[i])));
		names_add(
		    arena, &found, decode(arena, text_trim(arena, equals + 1, strlen(equals + 1))));
	}
	return found;
}

struct names otlp_headers(struct arena *arena)
{
	struct names both = pairs(arena, either(arena, "HEADERS")), headers = {0};

	for (size_t i = 0; i + 1 < both.count; i += 2)
		names_add(arena, &headers,
		    arena_printf(arena, "%s: %s", both.items[i], both.items[i + 1]));
	return headers;
}

/* What all spans share. */
struct identity {
	const char *trace;
	const char *parent; /* of the root; "" for none */
	const char *const *spans;
};

/* TRACEPARENT is "00-<32 digits>-<16 digits>-<flags>" (W3C Trace Context). */
static struct identity identify(struct arena *arena, const struct trace *trace)
{
	const char *given = variable("TRACEPARENT");
	struct identity identity = {.parent = ""};
	const char **spans = arena_array(arena, trace->count, sizeof(*spans));
	struct names parts = {0};

	if (given != NULL)
		parts = names_split(arena, given, "-");
	if (parts.count >= 4 && strlen(parts.items[1]) == 2 * (size_t)TRACE_ID_BYTES
	    && strlen(parts.items[2]) == 2 * (size_t)SPAN_ID_BYTES) {
		identity.trace = parts.items[1];
		identity.parent = parts.items[2];
	} else {
		identity.trace = random_hex(arena, TRACE_ID_BYTES);
	}
	for (size_t i = 0; i < trace->count; i++)
		spans[i] = random_hex(arena, SPAN_ID_BYTES);
	identity.spans = spans;
	return identity;
}

static void attribute(struct text *out, const char *key, const char *value)
{
	json_open(out, NULL, '{');
	json_text(out, "key", key);
	json_open(out, "value", '{');
	json_text(out, "stringValue", value);
	json_close(out, '}');
	json_close(out, '}');
}

static void add_resource(struct text *out, const struct notification *notice)
{
	struct names given = pairs(out->arena, variable("OTEL_RESOURCE_ATTRIBUTES"));
	const char *service = variable("OTEL_SERVICE_NAME");

	for (size_t i = 0; service == NULL && i + 1 < given.count; i += 2)
		if (strcmp(given.items[i], "service.name") == 0)
			service = given.items[i + 1];
	json_open(out, "resource", '{');
	json_open(out, "attributes", '[');
	attribute(out, "service.name", service != NULL ? service : "migrate");
	attribute(out, "host.name", notice->host);
	for (size_t i = 0; i + 1 < given.count; i += 2)
		if (strcmp(given.items[i], "service.name") != 0)
			attribute(out, given.items[i], given.items[i + 1]);
	json_close(out, ']');
	json_close(out, '}');
}

static void add_status(struct text *out, const struct notification *notice, const struct span *span)
{
	bool root = span == &notice->trace->spans[TRACE_ROOT];

	json_open(out, "status", '{');
	json_number(out, "code", span->failed ? STATUS_CODE_ERROR : STATUS_CODE_OK);
	if (span->failed && root && notice->err != NULL)
		json_text(out, "message", notice->err->message);
	json_close(out, '}');
}

/* 64-bit integers are strings in protobuf's JSON. */
static void add_time(struct text *out, const char *key, int64_t nanoseconds)
{
	json_text(out, key, arena_printf(out->arena, "%lld", (long long)nanoseconds));
}

static void add_span(
    struct text *out, const struct notification *notice, const struct identity *identity, size_t i)
{
	const struct trace *trace = notice->trace;
	const struct span *span = &trace->spans[i];

	json_open(out, NULL, '{');
	json_text(out, "traceId", identity->trace);
	json_text(out, "spanId", identity->spans[i]);
	json_text(out, "parentSpanId",
	    i == TRACE_ROOT ? identity->parent : identity->spans[span->parent]);
	json_text(out, "name", span->name);
	json_number(out, "kind", KIND_INTERNAL);
	add_time(out, "startTimeUnixNano", trace_began(trace, span));
	add_time(out, "endTimeUnixNano", trace_ended(trace, span));
	json_open(out, "attributes", '[');
	attribute(out, "db.system.name", "postgresql");
	attribute(out, "db.namespace", notice->name);
	json_close(out, ']');
	add_status(out, notice, span);
	json_close(out, '}');
}

const char *otlp_json(struct arena *arena, const struct notification *notice)
{
	const struct identity identity = identify(arena, notice->trace);
	struct text out = {.arena = arena};

	json_open(&out, NULL, '{');
	json_open(&out, "resourceSpans", '[');
	json_open(&out, NULL, '{');
	add_resource(&out, notice);
	json_open(&out, "scopeSpans", '[');
	json_open(&out, NULL, '{');
	json_open(&out, "scope", '{');
	json_text(&out, "name", "migrate");
	json_text(&out, "version", MIGRATE_VERSION);
	json_close(&out, '}');
	json_open(&out, "spans", '[');
	for (size_t i = 0; i < notice->trace->count; i++)
		add_span(&out, notice, &identity, i);
	json_close(&out, ']');
	json_close(&out, '}');
	json_close(&out, ']');
	json_close(&out, '}');
	json_close(&out, ']');
	json_close(&out, '}');
	return text_string(&out);
}
