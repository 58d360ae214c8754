#include "core/pg/conninfo.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/text.h"
#include "core/pg/env.h"
#include "core/pg/url.h"

#define ATTRIBUTES "target_session_attrs"
#define SOCKET_DIRECTORY "/var/run/postgresql" /* Debian's and Alpine's */

/* keyword and value, side by side */
struct options {
	struct arena *arena;
	struct names keywords, values;
};

/* Those with fields of their own in struct conninfo. */
static const char *const addressing[]
    = {"host", "hostaddr", "port", "dbname", "user", "password", "client_encoding"};

/* Where the user said nothing. */
static const char *const preferred[][2] = {
    {ATTRIBUTES, "read-write"},
    {"fallback_application_name", "migrate"},
    {"keepalives_idle", "30"},
    {"keepalives_interval", "10"},
    {"keepalives_count", "3"},
};

/* libpq would find these wrong at the first attempt to connect only. */
static const char *const choices[][2] = {
    {"sslmode", "disable allow prefer require verify-ca verify-full"},
    {ATTRIBUTES, "any read-write read-only primary standby prefer-standby"},
    {"gssencmode", "disable prefer require"},
    {"channel_binding", "disable prefer require"},
};

/* libpq's refusals quote what they refuse, and with it a password: these words stand for them. */
static const char *const refusals[][2] = {
    {"percent-encoded", "invalid percent-encoding"},
    {"%00", "a percent-encoded zero byte"},
    {"IPv6", "an IPv6 address lacks its \"]\""},
    {"unexpected character", "unexpected character after the host"},
    {"missing \"=\"", "a keyword lacks its \"=\""},
    {"unterminated quoted", "a quoted value lacks its closing quote"},
};

static bool is_addressing(const char *keyword)
{
	for (size_t i = 0; i < COUNT(addressing); i++)
		if (strcmp(keyword, addressing[i]) == 0)
			return true;
	return false;
}

static const char *options_get(const struct options *options, const char *keyword)
{
	for (size_t i = 0; i < options->keywords.count; i++)
		if (strcmp(options->keywords.items[i], keyword) == 0)
			return options->values.items[i];
	return NULL;
}

static void options_add(struct options *options, const char *keyword, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	names_add(options->arena, &options->keywords, arena_strdup(options->arena, keyword));
	names_add(options->arena, &options->values, arena_strdup(options->arena, value));
}

static struct names known_keywords(struct arena *arena)
{
	PQconninfoOption *defaults = PQconndefaults();
	struct names known = {0};

	for (PQconninfoOption *o = defaults; o != NULL && o->keyword != NULL; o++)
		names_add(arena, &known, arena_strdup(arena, o->keyword));
	PQconninfoFree(defaults);
	return known;
}

/* An unknown keyword is named only if it stands before any password, of which it may be a part. */
static bool unknown_keyword(
    const char *string, const char *quoted, const struct names *known, struct error *err)
{
	const char *password = strstr(string, "password"), *nearest, *place;
	char name[64];
	size_t length = strcspn(quoted, "\"\n");

	if (length >= sizeof(name))
		return error_set(err, STATUS_CONFIG, "unknown option");
	memcpy(name, quoted, length);
	name[length] = '\0';
	place = strstr(string, name);
	if (place == NULL || (password != NULL && place > password))
		return error_set(err, STATUS_CONFIG, "unknown option");
	nearest = text_nearest(name, known->items, known->count);
	error_set(err, STATUS_CONFIG, "unknown option \"%s\"", name);
	return nearest == NULL ? false : error_hint(err, "Did you mean \"%s\"?", nearest);
}

static bool refused(
    const char *string, const char *reason, const struct names *known, struct error *err)
{
	static const char unknown[] = "invalid connection option \"";
	const char *at = strstr(reason, unknown);

	if (at != NULL)
		return unknown_keyword(string, at + strlen(unknown), known, err);
	error_set(err, STATUS_CONFIG, "malformed connection string");
	for (size_t i = 0; i < COUNT(refusals); i++)
		if (strstr(reason, refusals[i][0]) != NULL)
			error_set(err, STATUS_CONFIG, "%s", refusals[i][1]);
	return error_hint(err, "Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE, or as "
			       "host=HOST dbname=DATABASE user=USER password='PASSWORD'.");
}

/* What the string itself says, by libpq's parser. */
static bool parse_string(struct options *given, const char *string, struct error *err)
{
	struct names known = known_keywords(given->arena);
	PQconninfoOption *parsed;
	char *reason = NULL;

	if (url_is(string) && !url_normalise(given->arena, string, &known, &string, err))
		return false;
	parsed = PQconninfoParse(string, &reason);
	if (parsed == NULL) {
		refused(string, reason == NULL ? "" : reason, &known, err);
		PQfreemem(reason);
		return false;
	}
	for (PQconninfoOption *o = parsed; o->keyword != NULL; o++)
		options_add(given, o->keyword, o->val);
	PQconninfoFree(parsed);
	return true;
}

static bool parse_family(struct options *given, const char **origin, struct error *err)
{
	struct env family;

	if (!env_read(given->arena, &family, err))
		return false;
	options_add(given, "host", family.host);
	options_add(given, "port", family.port);
	options_add(given, "dbname", family.database);
	options_add(given, "user", family.user);
	options_add(given, "password", family.password);
	*origin = family.origin;
	return true;
}

/* libpq's defaults, from the environment and the service file. The service is not an argument of
 * PQconndefaults, which reads PGSERVICE. A service that does not exist is reported by the connect.
 */
static PQconninfoOption *defaults_of(struct arena *arena, const char *service)
{
	const char *before = arena_strdup(arena, getenv("PGSERVICE"));
	PQconninfoOption *defaults;

	if (service != NULL)
		setenv("PGSERVICE", service, 1);
	defaults = PQconndefaults();
	if (service != NULL && before != NULL)
		setenv("PGSERVICE", before, 1);
	else if (service != NULL)
		unsetenv("PGSERVICE");
	return defaults;
}

/* Adds the defaults that say something: compiled-in ones are libpq's to apply, but for the port. */
static void add_defaults(struct options *options)
{
	PQconninfoOption *defaults = defaults_of(options->arena, options_get(options, "service"));

	for (PQconninfoOption *o = defaults; o != NULL && o->keyword != NULL; o++) {
		bool compiled
		    = o->val != NULL && o->compiled != NULL && strcmp(o->val, o->compiled) == 0;
		const char *variable = o->envvar == NULL ? NULL : getenv(o->envvar);

		if (options_get(options, o->keyword) == NULL
		    && (!compiled || variable != NULL || strcmp(o->keyword, "port") == 0))
			options_add(options, o->keyword, o->val);
	}
	PQconninfoFree(defaults);
	for (size_t i = 0; i < COUNT(preferred); i++)
		if (options_get(options, preferred[i][0]) == NULL)
			options_add(options, preferred[i][0], preferred[i][1]);
}

static bool check_choices(const struct options *options, struct error *err)
{
	for (size_t i = 0; i < COUNT(choices); i++) {
		const char *value = options_get(options, choices[i][0]);
		struct names allowed = names_split(options->arena, choices[i][1], " ");

		if (value == NULL || names_has(&allowed, value))
			continue;
		error_set(err, STATUS_CONFIG, "invalid value \"%s\" of option \"%s\"", value,
		    choices[i][0]);
		return error_hint(
		    err, "It is one of %s.", names_join(options->arena, &allowed, ", "));
	}
	return true;
}

/* Item i of libpq's comma-separated lists, where an item may be empty; NULL past the end. */
static const char *list_item(struct arena *arena, const char *list, size_t i)
{
	while (list != NULL && i-- > 0) {
		list = strchr(list, ',');
		if (list != NULL)
			list++;
	}
	return list == NULL ? NULL : arena_strndup(arena, list, strcspn(list, ","));
}

static size_t list_count(const char *list)
{
	size_t count = list == NULL ? 0 : 1;

	for (; list != NULL && (list = strchr(list, ',')) != NULL; list++)
		count++;
	return count;
}

static const char *host_or_default(const char *host, const char *hostaddr)
{
	struct stat status;

	if (host != NULL && host[0] != '\0')
		return host;
	if (hostaddr != NULL && hostaddr[0] != '\0')
		return hostaddr;
	return stat(SOCKET_DIRECTORY, &status) == 0 ? SOCKET_DIRECTORY : "/tmp";
}

static bool check_port(const char *port, struct error *err)
{
	long number;

	if (text_to_long(port, &number) && number >= 1 && number <= 65535)
		return true;
	/* Other characters may be a password's, of a URL that lacks its "@". */
	if (strspn(port, "0123456789") < strlen(port))
		return error_set(err, STATUS_CONFIG, "invalid port");
	return error_set(err, STATUS_CONFIG, "invalid port \"%s\"", port);
}

static bool split_hosts(const struct options *options, struct conninfo *conninfo, struct error *err)
{
	struct arena *arena = options->arena;
	const char *host = options_get(options, "host");
	const char *hostaddr = options_get(options, "hostaddr"),
		   *port = options_get(options, "port");
	size_t names = list_count(host), addresses = list_count(hostaddr), ports = list_count(port);
	size_t count = names > addresses ? names : addresses;
	struct conninfo_host *hosts;

	count = count == 0 ? 1 : count;
	if ((names > 0 && addresses > 0 && names != addresses) || (ports > 1 && ports != count))
		return error_set(err, STATUS_CONFIG,
		    "%zu host(s), %zu hostaddr(s) and %zu port(s) do not match", names, addresses,
		    ports);
	hosts = arena_array(arena, count, sizeof(*hosts));
	for (size_t i = 0; i < count; i++) {
		struct conninfo_host *h = &hosts[i];

		h->hostaddr = list_item(arena, hostaddr, i);
		if (h->hostaddr != NULL && h->hostaddr[0] == '\0')
			h->hostaddr = NULL;
		h->host = host_or_default(list_item(arena, host, i), h->hostaddr);
		h->port = list_item(arena, port, ports > 1 ? i : 0);
		if (h->port == NULL || h->port[0] == '\0')
			h->port = "5432";
		if (!check_port(h->port, err))
			return false;
	}
	conninfo->hosts = hosts;
	conninfo->host_count = count;
	return true;
}

static bool is_socket(const char *host)
{
	return host[0] == '/' || host[0] == '@';
}

static const char *display(struct arena *arena, const struct conninfo *conninfo)
{
	const struct conninfo_host *hosts = conninfo->hosts;
	struct text out = {.arena = arena};

	text_printf(
	    &out, "postgresql://%s%s@", conninfo->user, conninfo->password == NULL ? "" : ":***");
	for (size_t i = 0; i < conninfo->host_count && !is_socket(hosts[0].host); i++)
		text_printf(&out, strchr(hosts[i].host, ':') == NULL ? "%s%s:%s" : "%s[%s]:%s",
		    i == 0 ? "" : ",", hosts[i].host, hosts[i].port);
	text_printf(&out, "/%s", conninfo->database);
	if (is_socket(hosts[0].host))
		text_printf(&out, "?host=%s&port=%s", hosts[0].host, hosts[0].port);
	return text_string(&out);
}

const char *conninfo_host_name(struct arena *arena, const struct conninfo_host *host)
{
	if (is_socket(host->host))
		return arena_printf(arena, "%s/.s.PGSQL.%s", host->host, host->port);
	return arena_printf(
	    arena, strchr(host->host, ':') == NULL ? "%s:%s" : "[%s]:%s", host->host, host->port);
}

static void keep_others(const struct options *options, struct conninfo *conninfo)
{
	struct names keywords = {0}, values = {0};

	for (size_t i = 0; i < options->keywords.count; i++) {
		if (is_addressing(options->keywords.items[i]))
			continue;
		names_add(options->arena, &keywords, options->keywords.items[i]);
		names_add(options->arena, &values,
		    strcmp(options->keywords.items[i], ATTRIBUTES) == 0 ? "any"
									: options->values.items[i]);
	}
	names_add(options->arena, &keywords, NULL);
	names_add(options->arena, &values, NULL);
	conninfo->keywords = keywords.items;
	conninfo->values = values.items;
}

static bool resolve(struct options *options, struct conninfo *conninfo, struct error *err)
{
	add_defaults(options);
	if (!check_choices(options, err) || !split_hosts(options, conninfo, err))
		return false;
	conninfo->user = options_get(options, "user");
	conninfo->database = options_get(options, "dbname");
	conninfo->password = options_get(options, "password");
	conninfo->attributes = options_get(options, ATTRIBUTES);
	if (conninfo->user == NULL) {
		error_set(err, STATUS_CONFIG, "no database user is given");
		return error_hint(err, "Put it into the URL, postgresql://USER:PASSWORD@HOST/"
				       "DATABASE, or set PGUSER.");
	}
	if (conninfo->database == NULL)
		conninfo->database = conninfo->user;
	keep_others(options, conninfo);
	conninfo->display = display(options->arena, conninfo);
	return true;
}

bool conninfo_parse(struct arena *arena, const char *url, const char *origin,
    struct conninfo *conninfo, struct error *err)
{
	struct options given = {.arena = arena};
	struct conninfo found = {.origin = origin};
	bool named = url != NULL && url[0] != '\0';

	if (!named && !parse_family(&given, &found.origin, err))
		return false;
	if (named && !parse_string(&given, text_trim(arena, url, strlen(url)), err))
		return error_prefix(err, "%s", origin);
	if (!resolve(&given, &found, err))
		return error_prefix(err, "%s", found.origin);
	*conninfo = found;
	return true;
}

static void add_variable(
    struct arena *arena, struct names *env, const char *name, const char *value)
{
	if (value != NULL)
		names_add(arena, env, arena_printf(arena, "%s=%s", name, value));
}

void conninfo_environment(struct arena *arena, const struct conninfo *conninfo,
    const struct conninfo_host *host, const char *const **env, const char *const **unset)
{
	PQconninfoOption *known = PQconndefaults();
	struct names set = {0}, drop = {0};

	add_variable(arena, &set, "PGHOST", host->host);
	add_variable(arena, &set, "PGHOSTADDR", host->hostaddr);
	add_variable(arena, &set, "PGPORT", host->port);
	add_variable(arena, &set, "PGUSER", conninfo->user);
	add_variable(arena, &set, "PGDATABASE", conninfo->database);
	add_variable(arena, &set, "PGPASSWORD", conninfo->password);
	names_add(arena, &drop, "PGSERVICEFILE");
	for (PQconninfoOption *o = known; o != NULL && o->keyword != NULL; o++) {
		if (o->envvar == NULL)
			continue;
		names_add(arena, &drop, arena_strdup(arena, o->envvar));
		for (size_t i = 0; conninfo->keywords[i] != NULL; i++)
			if (strcmp(o->keyword, conninfo->keywords[i]) == 0
			    && strcmp(o->keyword, "service") != 0)
				add_variable(arena, &set, o->envvar, conninfo->values[i]);
	}
	PQconninfoFree(known);
	names_add(arena, &set, NULL);
	names_add(arena, &drop, NULL);
	*env = set.items;
	*unset = drop.items;
}
