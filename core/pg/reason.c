#include "core/pg/reason.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/text.h"

#define PASSWORD "Check the user and the password in "
#define CERTIFICATE "Check sslmode and sslrootcert, and the name in the server's certificate."
#define STARTUP "Connect to PostgreSQL itself instead of PgBouncer, or add the parameter to " \
	"PgBouncer's ignore_startup_parameters."
#define HBA "Add a line for this user, database and address to the server's pg_hba.conf, or check " \
	"sslmode."

/* The first row that fits counts. libpq gives no errno, but strerror's text: those rows are below. */
static const struct reason reasons[] = {
    {"57P03", "shutting down", "shutting down", VERDICT_RETRY, NULL},
    {"57P03", "recovery", "in recovery", VERDICT_RETRY, NULL},
    {"57P03", "not yet accepting", "in recovery", VERDICT_RETRY, NULL},
    {"57P03", "not accepting", "in recovery", VERDICT_RETRY, NULL},
    {"57P03", NULL, "starting up", VERDICT_RETRY, NULL},
    {"57P", NULL, "shutting down", VERDICT_RETRY, NULL},
    {"53300", NULL, "out of connections", VERDICT_SLOWLY,
	"Raise max_connections, or close connections that nobody uses."},
    {"53", NULL, "out of resources", VERDICT_SLOWLY, NULL},
    {"25006", NULL, "read-only", VERDICT_RETRY, NULL},
    {"28P01", NULL, "password rejected", VERDICT_FAIL, PASSWORD},
    {"28", "role \"", "role missing", VERDICT_FAIL, PASSWORD},
    {"28", NULL, "rejected", VERDICT_FAIL, HBA},
    {"3D000", NULL, "database missing", VERDICT_GRACE, "Create it: createdb "},
    {"08P01", "unsupported startup parameter", "parameter rejected", VERDICT_FAIL, STARTUP},
    {"08P01", "no such database", "database missing", VERDICT_GRACE, NULL},
    {"08", NULL, "connection lost", VERDICT_RETRY, NULL},
    {"42501", "permission denied for database", "no CONNECT privilege", VERDICT_FAIL, "Grant it: "},
    {"55000", "not currently accepting connections", "not accepting connections", VERDICT_RETRY,
	NULL},
    {"58", NULL, "system error", VERDICT_RETRY, NULL},
    {"XX", NULL, "internal error", VERDICT_RETRY, NULL},
    {"", "could not resolve", "name not resolved", VERDICT_RETRY, NULL},
    {"", "timed out", "timed out", VERDICT_RETRY, NULL},
    {"", "read-only", "read-only", VERDICT_RETRY, NULL},
    {"", "hot standby", "read-only", VERDICT_RETRY, NULL},
    {"", "server closed the connection", "connection closed", VERDICT_RETRY, NULL},
    {"", "no password supplied", "password missing", VERDICT_FAIL, PASSWORD},
    {"", "password authentication", "password rejected", VERDICT_FAIL, PASSWORD},
    {"", "certificate verify failed", "certificate rejected", VERDICT_FAIL, CERTIFICATE},
    {"", "root certificate file", "certificate missing", VERDICT_FAIL, CERTIFICATE},
    {"", "does not match host name", "certificate rejected", VERDICT_FAIL, CERTIFICATE},
    {"", "certificate", "certificate rejected", VERDICT_FAIL, CERTIFICATE},
    {"", "private key", "certificate rejected", VERDICT_FAIL, CERTIFICATE},
    {"", "does not support SSL", "no TLS", VERDICT_FAIL,
	"Turn on ssl on the server, or set sslmode=prefer."},
    {"", "channel binding", "no channel binding", VERDICT_FAIL, NULL},
    {"", "authentication method", "method rejected", VERDICT_FAIL, NULL},
};

static const struct {
	int number;
	struct reason reason;
} system_reasons[] = {
    {ECONNREFUSED, {NULL, NULL, "refused", VERDICT_RETRY, NULL}},
    {ENOENT, {NULL, NULL, "no socket", VERDICT_RETRY, NULL}},
    {ECONNRESET, {NULL, NULL, "reset", VERDICT_RETRY, NULL}},
    {EPIPE, {NULL, NULL, "reset", VERDICT_RETRY, NULL}},
    {ETIMEDOUT, {NULL, NULL, "timed out", VERDICT_RETRY, NULL}},
    {EHOSTUNREACH, {NULL, NULL, "no route", VERDICT_RETRY, NULL}},
    {ENETUNREACH, {NULL, NULL, "no route", VERDICT_RETRY, NULL}},
    {EADDRNOTAVAIL, {NULL, NULL, "no route", VERDICT_RETRY, NULL}},
    {EACCES, {NULL, NULL, "permission denied", VERDICT_FAIL,
	"Let this user reach the socket, or connect by TCP."}},
};
