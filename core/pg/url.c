#include "core/pg/url.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/base/log.h"

/* What SQLAlchemy and its drivers read from a URL's query. A keyword: libpq has it by that name.
 * NULL: of no meaning to a migration. client_encoding is here because files are UTF-8. */
static const struct {
	const char *name, *keyword;
} driver_options[] = {
    {"ssl", "sslmode"},
    {"database", "dbname"},
    {"username", "user"},
    {"timeout", "connect_timeout"},
    {"async_creator_fn", NULL},
    {"async_fallback", NULL},
    {"charset", NULL},
    {"client_encoding", NULL},
    {"command_timeout", NULL},
    {"direct_tls", NULL},
    {"echo", NULL},
    {"enable_hstore", NULL},
    {"enable_json", NULL},
    {"enable_uuid", NULL},
    {"executemany_batch_page_size", NULL},
    {"executemany_mode", NULL},
    {"insertmanyvalues_page_size", NULL},
    {"isolation_level", NULL},
    {"json_deserializer", NULL},
    {"json_serializer", NULL},
    {"max_cacheable_statement_size", NULL},
    {"max_cached_statement_lifetime", NULL},
    {"max_size", NULL},
    {"maxsize", NULL},
    {"min_size", NULL},
    {"minsize", NULL},
    {"native_inet_types", NULL},
    {"pool_recycle", NULL},
    {"prepare_threshold", NULL},
    {"prepared_statement_cache_size", NULL},
    {"prepared_statement_name_func", NULL},
    {"server_settings", NULL},
    {"statement_cache_size", NULL},
    {"tcp_keepalive", NULL},
    {"use_native_hstore", NULL},
    {"use_native_unicode", NULL},
};

static const struct {
	const char *value, *sslmode;
} ssl_values[] = {
    {"true", "require"},
    {"1", "require"},
    {"on", "require"},
    {"false", "disable"},
    {"0", "disable"},
    {"off", "disable"},
};

struct query_string {
	struct arena *arena;
	const struct names *known;
	struct names hosts; /* SQLAlchemy repeats host=name:port */
	const char *port;
	struct text out;
};

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, tolower((unsigned char)c));

	return at == NULL ? -1 : (int)(at - digits);
}

/* The byte that a valid %XX stands for, or -1. */
static int escaped(const char *at)
{
	int high, low;

	if (at[0] != '%' || (high = hex_digit(at[1])) < 0 || (low = hex_digit(at[2])) < 0)
		return -1;
	return high * 16 + low;
}

/* A stray percent sign stays, as in Python's unquote. */
static char *decode(struct arena *arena, const char *string, size_t length)
{
	char *out = arena_strndup(arena, string, length);
	size_t to = 0;

	for (size_t from = 0; out[from] != '\0'; to++) {
		int byte = escaped(out + from);

		out[to] = byte > 0 ? (char)byte : out[from];
		from += byte > 0 ? 3 : 1;
	}
	out[to] = '\0';
	return out;
}

static void encode(struct text *out, const char *string)
{
	for (; *string != '\0'; string++) {
		unsigned char c = (unsigned char)*string;

		if (isalnum(c) || strchr("-._~/:,", c) != NULL)
			text_add_bytes(out, string, 1);
		else
			text_printf(out, "%%%02X", c);
	}
}

/* User and password: SQLAlchemy lets a password have raw slashes, question and percent signs. */
static void add_user(struct text *out, const char *string, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (strchr("/?# ", string[i]) != NULL
		    || (string[i] == '%' && escaped(string + i) < 0))
			text_printf(out, "%%%02X", (unsigned char)string[i]);
		else
			text_add_bytes(out, string + i, 1);
	}
}

/* Length of "user:password" before its "@", 0 for none. SQLAlchemy's rule, a password ends at the
 * first "@", unless what follows the colon is a port. */
static size_t user_length(const char *rest)
{
	const char *at = strchr(rest, '@');
	size_t first = strcspn(rest, ":/?@");
	const char *digits = rest + first + 1;
	size_t count;

	if (at == NULL || rest[0] == '[' || rest[first] == '/' || rest[first] == '?')
		return 0;
	if (rest[first] == ':') {
		count = strspn(digits, "0123456789");
		if (strchr(",/?", digits[count]) != NULL && digits + strcspn(digits, "/?") < at)
			return 0;
	}
	return (size_t)(at - rest);
}

static void add_option(struct query_string *query, const char *keyword, const char *value)
{
	text_add(&query->out, query->out.length == 0 ? "?" : "&");
	text_printf(&query->out, "%s=", keyword);
	encode(&query->out, value);
}

static const char *ssl_mode(const char *value)
{
	for (size_t i = 0; i < COUNT(ssl_values); i++)
		if (strcasecmp(value, ssl_values[i].value) == 0)
			return ssl_values[i].sslmode;
	return value;
}

static bool unknown(const struct query_string *query, const char *name, struct error *err)
{
	const char *nearest = text_nearest(name, query->known->items, query->known->count);

	error_set(err, STATUS_CONFIG, "unknown option \"%s\"", name);
	if (nearest != NULL)
		return error_hint(err, "Did you mean \"%s\"?", nearest);
	return error_hint(err, "See the list of keywords in libpq's manual, \"Database "
			       "Connection Control Functions\".");
}

static bool take_option(
    struct query_string *query, const char *name, const char *value, struct error *err)
{
	const char *keyword = names_has(query->known, name) ? name : NULL;
	size_t i = 0;

	while (i < COUNT(driver_options) && strcmp(name, driver_options[i].name) != 0)
		i++;
	if (i < COUNT(driver_options)) {
		keyword = driver_options[i].keyword;
		if (keyword == NULL) {
			log_debug("option \"%s\" of the URL is the driver's, not used", name);
			return true;
		}
	}
	if (keyword == NULL)
		return unknown(query, name, err);
	if (strcmp(keyword, "host") == 0)
		names_add(query->arena, &query->hosts, value);
	else if (strcmp(keyword, "port") == 0)
		query->port = value;
	else
		add_option(query, keyword, strcmp(name, "ssl") == 0 ? ssl_mode(value) : value);
	return true;
}

/* "host=a:1&host=b:2" becomes "host=a,b&port=1,2". */
static void add_hosts(struct query_string *query)
{
	struct text hosts = {.arena = query->arena}, ports = {.arena = query->arena};
	bool own_ports = false;
	struct names each
	    = names_split(query->arena, names_join(query->arena, &query->hosts, ","), ",");

	for (size_t i = 0; i < each.count; i++) {
		const char *host = each.items[i];
		const char *colon = host[0] == '/' ? NULL : strchr(host, ':');

		if (colon != NULL && strchr(colon + 1, ':') != NULL)
			colon = NULL; /* an IPv6 address */
		text_add(&hosts, i == 0 ? "" : ",");
		text_add(&ports, i == 0 ? "" : ",");
		text_add_bytes(&hosts, host, colon == NULL ? strlen(host) : (size_t)(colon - host));
		if (colon != NULL)
			text_add(&ports, colon + 1);
		else if (query->port != NULL && strchr(query->port, ',') == NULL)
			text_add(&ports, query->port);
		own_ports = own_ports || colon != NULL;
	}
	if (each.count > 0)
		add_option(query, "host", text_string(&hosts));
	if (own_ports)
		add_option(query, "port", text_string(&ports));
	else if (query->port != NULL)
		add_option(query, "port", query->port);
}

static bool take_query(struct query_string *query, const char *string, struct error *err)
{
	while (*string != '\0') {
		size_t length = strcspn(string, "&");
		size_t name = strcspn(string, "=&");

		if (length > 0 && name == length)
			return error_set(err, STATUS_CONFIG, "an option in the query has no \"=\"");
		if (length > 0
		    && !take_option(query, decode(query->arena, string, name),
			decode(query->arena, string + name + 1, length - name - 1), err))
			return false;
		string += length + (string[length] == '&');
	}
	add_hosts(query);
	return true;
}

static bool scheme_rest(const char *url, const char **rest, struct error *err)
{
	size_t length = strcspn(url, ":");
	size_t base = strcspn(url, ":+");

	*rest = url + length + strlen("://");
	if ((base == 10 && strncmp(url, "postgresql", base) == 0)
	    || (base == 8 && strncmp(url, "postgres", base) == 0))
		return true;
	error_set(err, STATUS_CONFIG, "%.*s:// is not a PostgreSQL URL", (int)length, url);
	return error_hint(err, "Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE.");
}

bool url_is(const char *string)
{
	size_t length = strspn(string, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789+-._:");
	const char *mark = strstr(string, "://");

	return mark != NULL && mark > string && (size_t)(mark - string) < length;
}

bool url_normalise(struct arena *arena, const char *url, const struct names *known,
    const char **normal, struct error *err)
{
	struct query_string query = {.arena = arena, .known = known, .out = {.arena = arena}};
	struct text out = {.arena = arena};
	const char *rest;
	size_t user, length;

	if (!scheme_rest(url, &rest, err))
		return false;
	text_add(&out, "postgresql://");
	user = user_length(rest);
	if (user > 0) {
		add_user(&out, rest, user);
		text_add(&out, "@");
		rest += user + 1;
	}
	length = strcspn(rest, "?");
	if (memchr(rest, '@', length) != NULL) {
		error_set(err, STATUS_CONFIG, "an \"@\" stands where none belongs");
		return error_hint(err, "Write @ in a user name, password or database as %%40.");
	}
	text_add_bytes(&out, rest, length);
	if (!take_query(&query, rest[length] == '?' ? rest + length + 1 : "", err))
		return false;
	text_add(&out, text_string(&query.out));
	*normal = text_string(&out);
	return true;
}
