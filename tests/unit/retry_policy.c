#include "core/pg/retry_policy.h"

#include "core/pg/pgerror.h"
#include "core/pg/retry_log.h"
#include "tests/unit/tap.h"

#define SERVER "connection to server at \"db\" (10.0.0.2), port 5432 failed: "
#define LOCATION "LOCATION:  somewhere, some.c:1\n"

static struct arena arena;

static struct error fault(const char *text)
{
	struct error err = {0};

	pgerror_connect(text, &err);
	return err;
}

static void test_faults(void)
{
	struct error err = fault(SERVER "FATAL:  28P01: password authentication failed for user "
					"\"bot\"\n" LOCATION);

	is(err.sqlstate, "28P01", "SQLSTATE of a failed connect");
	is(err.message, "password authentication failed for user \"bot\"", "its message");
	is(err.detail, "", "without LOCATION");
	is_int(err.status, STATUS_UNREACHABLE, "its status");
	err = fault(SERVER "Connection refused\n\tIs the server running on that host?\n");
	is(err.message, "connection refused", "what strerror says, in lower case");
	is(err.detail, "", "without libpq's question");
	err = fault(SERVER "FATAL:  28000: no pg_hba.conf entry, SSL encryption\n" LOCATION SERVER
			   "FATAL:  57P03: the database system is starting up\n" LOCATION);
	is(err.sqlstate, "57P03", "a rejected way to connect does not hide the other one's reason");
	err = fault(SERVER "FATAL:  28P01: no\n" LOCATION SERVER "FATAL:  28000: no\n" LOCATION);
	is(err.sqlstate, "28P01", "nor the first one's");
	err = fault(
	    SERVER "FATAL:  42501: no\nDETAIL:  a\nHINT:  b\n" LOCATION "from file \"c\"\n");
	is(err.detail, "a\nfrom file \"c\"", "detail and remarks");
	is(err.hint, "b", "hint");
	err = fault("definition of service \"x\" not found\n");
	is_int(err.status, STATUS_CONFIG, "what libpq does not even try is configuration");
}

static const struct {
	const char *text, *word;
	enum verdict verdict;
} cases[] = {
    {SERVER "Connection refused\n", "refused", VERDICT_RETRY},
    {SERVER "No such file or directory\n", "no socket", VERDICT_RETRY},
    {SERVER "Connection reset by peer\n", "reset", VERDICT_SILENCE},
    {SERVER "Connection timed out\n", "timed out", VERDICT_SILENCE},
    {SERVER "server closed the connection unexpectedly\n", "connection closed", VERDICT_SILENCE},
    {SERVER "No route to host\n", "no route", VERDICT_RETRY},
    {SERVER "Permission denied\n", "permission denied", VERDICT_FAIL},
    {SERVER "the server is a primary, but the URL asks for target_session_attrs=standby\n",
	"not as asked for", VERDICT_STANDS},
    {SERVER "the server listens on no TCP address yet\n", "on its socket only", VERDICT_STANDS},
    {SERVER "FATAL:  25006: the server is a standby\n", "standby", VERDICT_STANDS},
    {SERVER "FATAL:  25006: cannot execute INSERT\n", "read-only", VERDICT_STANDS},
    {SERVER "something new\n", "unreachable", VERDICT_SILENCE},
    {SERVER "fe_sendauth: no password supplied\n", "password missing", VERDICT_FAIL},
    {SERVER "SSL error: certificate verify failed\n", "certificate rejected", VERDICT_FAIL},
    {SERVER "FATAL:  57P03: the database system is starting up\n", "starting up", VERDICT_RETRY},
    {SERVER "FATAL:  57P03: the database system is shutting down\n", "shutting down",
	VERDICT_RETRY},
    {SERVER "FATAL:  57P03: the database system is in recovery mode\n", "in recovery",
	VERDICT_RETRY},
    {SERVER "FATAL:  57P01: terminating connection\n", "shutting down", VERDICT_RETRY},
    {SERVER "FATAL:  53300: too many clients\n", "out of connections", VERDICT_SLOWLY},
    {SERVER "FATAL:  3D000: database \"x\" does not exist\n", "database missing", VERDICT_GRACE},
    {SERVER "FATAL:  28P01: no\n", "password rejected", VERDICT_FAIL},
    {SERVER "FATAL:  28000: role \"x\" does not exist\n", "role missing", VERDICT_FAIL},
    {SERVER "FATAL:  28000: no pg_hba.conf entry\n", "rejected", VERDICT_FAIL},
    {SERVER "FATAL:  08P01: unsupported startup parameter: x\n", "parameter rejected",
	VERDICT_FAIL},
    {SERVER "FATAL:  08P01: server login has been failing\n", "connection lost", VERDICT_SILENCE},
    {SERVER "FATAL:  42704: unrecognized parameter\n", "failed", VERDICT_FAIL},
    {SERVER "FATAL:  57014: canceling statement due to statement timeout\n", "canceled",
	VERDICT_STANDS},
    {SERVER "none of the server's SASL authentication mechanisms are supported\n",
	"method rejected", VERDICT_FAIL},
    {SERVER "authentication method 11 not supported\n", "method rejected", VERDICT_FAIL},
    {SERVER "GSSAPI authentication not supported\n", "method rejected", VERDICT_FAIL},
    {SERVER "Kerberos 5 authentication not supported\n", "method rejected", VERDICT_FAIL},
    {SERVER "no OAuth flows are available (try installing the libpq-oauth package)\n",
	"method rejected", VERDICT_FAIL},
    {SERVER "server requires OAuth authentication, but oauth_issuer and oauth_client_id are not "
	    "both set\n",
	"method rejected", VERDICT_FAIL},
    {SERVER "server rejected OAuth bearer token: invalid_token\n", "method rejected", VERDICT_FAIL},
    {SERVER "server doesn't support GSSAPI encryption, but it was required\n", "no encryption",
	VERDICT_FAIL},
    {"invalid sslmode\n", "failed", VERDICT_FAIL},
};

static void test_reasons(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct error err = fault(cases[i].text);

		is(retry_policy_of(&err)->word, cases[i].word, "%s", err.message);
		is_int(
		    retry_policy_of(&err)->verdict, cases[i].verdict, "%s: verdict", err.message);
	}
}

static void test_hints(void)
{
	const struct conninfo conninfo = {.origin = "DB_URL", .user = "bot", .database = "app"};
	const struct error missing = fault(SERVER "FATAL:  3D000: no\n");
	const struct error lost = fault(SERVER "FATAL:  08006: no\n");

	is(retry_policy_hint(&arena, retry_policy_of(&missing), &conninfo),
	    "Create it: createdb --owner=bot app, or check the name in DB_URL.", "names in a hint");
	is(retry_policy_hint(&arena, retry_policy_of(&lost), &conninfo), NULL, "no hint");
}

static void test_history(void)
{
	const struct error refused = fault(SERVER "Connection refused\n");
	const struct error starting
	    = fault(SERVER "FATAL:  57P03: the database system is starting up\n");
	struct retry_log history = {0};

	is(retry_log_fold(&arena, &history), "", "an empty history");
	retry_log_add(&history, &refused);
	retry_log_add(&history, &refused);
	retry_log_add(&history, &starting);
	is(retry_log_fold(&arena, &history), "refused 2 times, then starting up once", "a history");
}

/* What is told at the end, of attempts in this order. */
static const struct {
	const char *attempts[4], *told;
} endings[] = {
    {{SERVER "Connection refused\n", SERVER "FATAL:  57P03: the database system is starting up\n"},
	"the database system is starting up"},
    {{SERVER "FATAL:  57P03: the database system is starting up\n", SERVER "Connection refused\n"},
	"connection refused"},
    {{SERVER "FATAL:  25006: the server is a standby\n", SERVER "timeout expired\n"},
	"the server is a standby"},
    {{SERVER "FATAL:  25006: the server is a standby\n", SERVER "Connection refused\n",
	 SERVER "Connection timed out\n"},
	"the server is a standby"},
    {{SERVER "FATAL:  25006: one standby\n", SERVER "FATAL:  25006: another standby\n"},
	"another standby"},
    {{SERVER "FATAL:  53300: too many clients\n", SERVER "FATAL:  57P03: starting up\n",
	 SERVER "server closed the connection unexpectedly\n"},
	"too many clients"},
    {{SERVER "FATAL:  3D000: no database\n", SERVER "Connection reset by peer\n"}, "no database"},
    {{SERVER "Connection timed out\n", SERVER "Connection refused\n",
	 SERVER "Connection timed out\n"},
	"connection refused"},
    {{SERVER "Connection timed out\n", SERVER "something new\n"}, "something new"},
};

static void test_telling(void)
{
	for (size_t i = 0; i < COUNT(endings); i++) {
		struct retry_log history = {0};
		struct error err = {0};

		for (size_t j = 0; j < COUNT(endings[i].attempts); j++)
			if (endings[i].attempts[j] != NULL) {
				err = fault(endings[i].attempts[j]);
				retry_log_add(&history, &err);
			}
		is(history.telling.message, endings[i].told, "what says most: %s", endings[i].told);
		is(history.last.message, err.message, "and what came last");
	}
}

int main(void)
{
	test_faults();
	test_reasons();
	test_hints();
	test_history();
	test_telling();
	arena_free(&arena);
	return tap_done();
}
