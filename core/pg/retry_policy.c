#include "core/pg/retry_policy.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "core/base/text.h"

#define CREDENTIALS "Check the user and the password in {origin}."
#define METHOD                                                                                     \
	"The server's pg_hba.conf asks for an authentication method that migrate does not "        \
	"support, such as oauth: use another one for {user} there, such as scram-sha-256 or cert."
#define CERTIFICATE "Check sslmode, sslrootcert and the names in the server's certificate."

/* The first row that fits counts. libpq tells no errno, but its text is in the message. */
static const struct retry_policy reasons[] = {
    {"57P03", 0, "shutting down", VERDICT_RETRY, "shutting down", NULL},
    {"57P03", 0, "recovery", VERDICT_RETRY, "in recovery", NULL},
    {"57P03", 0, "not yet accepting", VERDICT_RETRY, "in recovery", NULL},
    {"57P03", 0, "not accepting", VERDICT_RETRY, "in recovery", NULL},
    {"57P03", 0, NULL, VERDICT_RETRY, "starting up", NULL},
    {"57P", 0, NULL, VERDICT_RETRY, "shutting down", NULL},
    {"53300", 0, NULL, VERDICT_SLOWLY, "out of connections",
	"Raise the server's max_connections, or close what holds the connections."},
    {"53", 0, NULL, VERDICT_SLOWLY, "out of resources", NULL},
    {"25006", 0, "standby", VERDICT_STANDS, "standby",
	"Name every server of the cluster in {origin}: migrate finds the primary."},
    {"25006", 0, NULL, VERDICT_STANDS, "read-only", NULL},
    {"28P01", 0, NULL, VERDICT_FAIL, "password rejected", CREDENTIALS},
    {"28000", 0, "role \"", VERDICT_FAIL, "role missing",
	"Create it: createuser --pwprompt {user}, or check the user in {origin}."},
    {"28", 0, NULL, VERDICT_FAIL, "rejected",
	"Add a line for this user, database and address to the server's pg_hba.conf, or check "
	"sslmode in {origin}."},
    {"3D000", 0, NULL, VERDICT_GRACE, "database missing",
	"Create it: createdb --owner={user} {database}, or check the name in {origin}."},
    {"08P01", 0, "unsupported startup parameter", VERDICT_FAIL, "parameter rejected",
	"This is PgBouncer: connect to PostgreSQL itself, or name the parameter in PgBouncer's "
	"ignore_startup_parameters."},
    {"08P01", 0, "no such database", VERDICT_GRACE, "database missing",
	"Name {database} in PgBouncer's [databases], or check the name in {origin}."},
    {"08", 0, NULL, VERDICT_SILENCE, "connection lost", NULL},
    {"3F000", 0, NULL, VERDICT_RETRY, "search_path emptied", NULL},
    {"42501", 0, "database", VERDICT_FAIL, "no privilege",
	"Grant it: GRANT CONNECT ON DATABASE {database} TO {user};"},
    {"55000", 0, "not currently accepting", VERDICT_STANDS, "closed to connections", NULL},
    {"57014", 0, NULL, VERDICT_STANDS, "canceled",
	"Raise it: ALTER ROLE {user} IN DATABASE {database} SET statement_timeout = '1min';"},
    {"58", 0, NULL, VERDICT_RETRY, "system error", NULL},
    {"XX", 0, NULL, VERDICT_RETRY, "internal error", NULL},
    {"", 0, "could not resolve", VERDICT_RETRY, "name not resolved",
	"Check the host in {origin}; in Compose it is the name of a service on the same network."},
    {"", ECONNREFUSED, NULL, VERDICT_RETRY, "refused",
	"Check that the server runs, and host and port in {origin}."},
    {"", ENOENT, NULL, VERDICT_RETRY, "no socket",
	"Check that the server runs, and the socket's directory in {origin}."},
    {"", ECONNRESET, NULL, VERDICT_SILENCE, "reset", NULL},
    {"", EPIPE, NULL, VERDICT_SILENCE, "reset", NULL},
    {"", ETIMEDOUT, NULL, VERDICT_SILENCE, "timed out", NULL},
    {"", EHOSTUNREACH, NULL, VERDICT_RETRY, "no route", NULL},
    {"", ENETUNREACH, NULL, VERDICT_RETRY, "no route", NULL},
    {"", EADDRNOTAVAIL, NULL, VERDICT_RETRY, "no route", NULL},
    {"", EACCES, NULL, VERDICT_FAIL, "permission denied",
	"Give this user access to the socket, or connect over TCP."},
    {"", 0, "timed out", VERDICT_SILENCE, "timed out",
	"Check host and port in {origin}, and what stands between: a firewall, a network policy."},
    {"", 0, "target_session_attrs", VERDICT_STANDS, "not as asked for",
	"Set target_session_attrs=any in {origin}, or leave it out."},
    {"", 0, "no TCP address", VERDICT_STANDS, "on its socket only", NULL},
    {"", 0, "recovery", VERDICT_RETRY, "in recovery", NULL},
    {"", 0, "closed the connection", VERDICT_SILENCE, "connection closed", NULL},
    {"", 0, "SSL SYSCALL", VERDICT_SILENCE, "connection closed", NULL},
    {"", 0, "no password supplied", VERDICT_FAIL, "password missing",
	"Put the password into {origin}, PGPASSWORD or a password file (PGPASSFILE)."},
    {"", 0, "certificate", VERDICT_FAIL, "certificate rejected", CERTIFICATE},
    {"", 0, "private key", VERDICT_FAIL, "certificate rejected", CERTIFICATE},
    {"", 0, "does not support SSL", VERDICT_FAIL, "no TLS",
	"Turn on ssl on the server, or set sslmode=prefer in {origin}."},
    {"", 0, "channel binding", VERDICT_FAIL, "no channel binding", NULL},
    {"", 0, "authentication method", VERDICT_FAIL, "method rejected", METHOD},
    {"", 0, "SASL authentication mechanisms", VERDICT_FAIL, "method rejected", METHOD},
    {"", 0, "authentication not supported", VERDICT_FAIL, "method rejected", METHOD},
    {"", 0, "OAuth", VERDICT_FAIL, "method rejected", METHOD},
    {"", 0, "OAUTH", VERDICT_FAIL, "method rejected", METHOD},
    {"", 0, "GSSAPI encryption", VERDICT_FAIL, "no encryption",
	"Set gssencmode=prefer in {origin}, or leave it out."},
};

/* Where nothing above fits, by the status of the error. */
static const struct retry_policy unreachable
    = {NULL, 0, NULL, VERDICT_SILENCE, "unreachable", NULL};
static const struct retry_policy other = {NULL, 0, NULL, VERDICT_FAIL, "failed", NULL};

static_assert(COUNT(reasons) + 2 <= REASON_COUNT_MAX, "REASON_COUNT_MAX");

static bool fits(const struct retry_policy *reason, const struct error *err)
{
	if (reason->sqlstate[0] == '\0'
		? err->sqlstate[0] != '\0' || err->status != STATUS_UNREACHABLE
		: !text_starts(err->sqlstate, reason->sqlstate))
		return false;
	if (reason->number != 0 && strcasestr(err->message, strerror(reason->number)) == NULL)
		return false;
	return reason->text == NULL || strstr(err->message, reason->text) != NULL;
}

const struct retry_policy *retry_policy_of(const struct error *err)
{
	for (size_t i = 0; i < COUNT(reasons); i++)
		if (fits(&reasons[i], err))
			return &reasons[i];
	return err->status == STATUS_UNREACHABLE && err->sqlstate[0] == '\0' ? &unreachable
									     : &other;
}

const char *retry_policy_hint(
    struct arena *arena, const struct retry_policy *reason, const struct conninfo *conninfo)
{
	const struct {
		const char *name, *value;
	} names[] = {
	    {"{origin}", conninfo->origin},
	    {"{user}", conninfo->user},
	    {"{database}", conninfo->database},
	};
	struct text out = {.arena = arena};
	const char *at = reason->hint;

	while (at != NULL && *at != '\0') {
		size_t i = 0, length = strcspn(at, "{");

		text_add_bytes(&out, at, length);
		at += length;
		while (i < COUNT(names) && !text_starts(at, names[i].name))
			i++;
		if (i < COUNT(names)) {
			text_add(&out, names[i].value);
			at += strlen(names[i].name);
		}
	}
	return reason->hint == NULL ? NULL : text_string(&out);
}
