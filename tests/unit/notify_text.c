#include "core/net/notify_text.h"

#include "core/base/hash.h"
#include "core/net/metrics.h"
#include "tests/unit/tap.h"

static struct arena arena;

static void test_cut(void)
{
	static const struct {
		const char *string;
		size_t units;
		const char *cut;
	} cases[] = {
	    {"", 4, ""},
	    {"abcd", 4, "abcd"},
	    {"abcde", 4, "abc…"},
	    {"ёжик", 4, "ёжик"},
	    {"ёжики", 4, "ёжи…"},
	    {"🚀🚀", 4, "🚀🚀"},
	    {"🚀🚀a", 4, "🚀…"},
	    {"a🚀b", 3, "a…"},
	    {"ab", 1, "…"},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		is(notify_cut(&arena, cases[i].string, cases[i].units), cases[i].cut,
		    "'%s' in %zu units", cases[i].string, cases[i].units);
}

/* RFC 4231, test case 2. */
static void test_hmac(void)
{
	char hex[HASH_HEX_SIZE];

	hash_hmac("Jefe", "what do ya want for nothing?", hex);
	is(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", "HMAC-SHA-256");
}

static struct notification make_notice(struct trace *trace)
{
	trace_start(trace, &arena, "boot");
	trace_begin(trace, "wait");
	trace_end(trace, true);
	trace_begin(trace, "apply");
	trace_begin(trace, "upgrade a1");
	trace_end(trace, true);
	trace_end(trace, true);
	trace_end(trace, true);
	return (struct notification){
	    .event = NOTICE_SUCCESS, .name = "a\"b\\c\nd", .host = "here", .trace = trace};
}

static void test_trace(void)
{
	struct trace trace;

	make_notice(&trace);
	is_int(trace.count, 4, "four spans");
	is_int(trace.spans[1].parent, TRACE_ROOT, "a phase is below the root");
	is_int(trace.spans[3].parent, 2, "what is done in it is below the phase");
	ok(trace.spans[2].end >= trace.spans[3].end, "a phase ends behind what is in it");
	ok(trace_began(&trace, &trace.spans[0]) == trace.wall,
	    "the root began when the clock was read");
	trace_begin(NULL, "nobody");
	ok(trace_end(NULL, true) && !trace_end(NULL, false), "a trace that nobody wants");
}

static void test_metrics(void)
{
	struct trace trace;
	struct notification notice = make_notice(&trace);
	struct error err = {.status = STATUS_ROLLED_BACK};
	const char *text = metrics_text(&arena, &notice, 0);

	ok(strstr(text, "{database=\"a\\\"b\\\\c\\nd\"} 1\n") != NULL, "labels are escaped");
	ok(strstr(text, "phase=\"wait\"") != NULL && strstr(text, "upgrade a1") == NULL,
	    "phases alone have a metric");
	notice.event = NOTICE_FAILURE;
	notice.err = &err;
	ok(strstr(metrics_text(&arena, &notice, 0), "last_success") == NULL,
	    "without a success nothing is said of one");
	ok(strstr(metrics_text(&arena, &notice, 42), "last_success_timestamp_seconds{") != NULL,
	    "an earlier one is repeated");
}

int main(void)
{
	test_cut();
	test_hmac();
	test_trace();
	test_metrics();
	arena_free(&arena);
	return tap_done();
}
