#include "core/net/credentials.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/config_expand.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/stop.h"
#include "core/net/xml.h"

#define INSTANCE "http://169.254.169.254"
#define CONTAINER "http://169.254.170.2"
#define INSTANCE_MS 3000 /* where there is no such service nobody may answer at all */
#define CONTAINER_MS 10000

struct search {
	struct http *http;
	struct arena *arena;
	const char *region;
	struct deadline by;
};

/* A way to find them. True with a key of NULL: it does not apply here. */
typedef bool way(const struct search *search, struct credentials *found, struct error *err);

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* "2026-11-22T10:04:00Z" as seconds of the epoch; 0 where it is none. */
static int64_t take_time(const char *text)
{
	struct tm then = {0};

	if (text == NULL || strptime(text, "%Y-%m-%dT%H:%M:%S", &then) == NULL)
		return 0;
	return timegm(&then);
}

static bool from_environment(
    const struct search *search, struct credentials *found, struct error *err)
{
	struct variable key, secret, token;

	if (!variable_read(search->arena, "AWS_ACCESS_KEY_ID", &key, err)
	    || !variable_read(search->arena, "AWS_SECRET_ACCESS_KEY", &secret, err)
	    || !variable_read(search->arena, "AWS_SESSION_TOKEN", &token, err))
		return false;
	if (key.value == NULL)
		return true;
	if (secret.value == NULL)
		return error_set(
		    err, STATUS_FAILED, "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
	*found = (struct credentials){key.value, secret.value, token.value, 0};
	return true;
}

static bool read_trimmed(
    const struct search *search, const char *path, const char **text, struct error *err)
{
	char *data;
	size_t length;

	if (!file_read(search->arena, path, &data, &length, err))
		return false;
	*text = text_trim(search->arena, data, length);
	return true;
}

/* AssumeRoleWithWebIdentity needs no signature: the token is the proof. */
static bool from_web_identity(
    const struct search *search, struct credentials *found, struct error *err)
{
	const char *role = variable("AWS_ROLE_ARN"),
		   *path = variable("AWS_WEB_IDENTITY_TOKEN_FILE");
	const char *session = variable("AWS_ROLE_SESSION_NAME");
	const char *endpoint = variable("AWS_ENDPOINT_URL_STS"), *token;
	static const char *const headers[]
	    = {"Content-Type: application/x-www-form-urlencoded", NULL};
	struct http_request request = {.method = "POST", .headers = headers, .by = search->by};
	struct http_answer answer;

	if (role == NULL || path == NULL)
		return true;
	if (!read_trimmed(search, path, &token, err))
		return false;
	request.url = endpoint != NULL ? endpoint
				       : arena_printf(search->arena,
					   "https://sts.%s.amazonaws.com/", search->region);
	request.text = arena_printf(search->arena,
	    "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=%s&RoleSessionName=%s"
	    "&WebIdentityToken=%s",
	    http_escape(search->arena, role, ""),
	    http_escape(search->arena, session != NULL ? session : "migrate", ""),
	    http_escape(search->arena, token, ""));
	if (!http_run(search->http, search->arena, &request, &answer, err))
		return false;
	if (answer.status != 200)
		return http_refused(&request, &answer, err);
	*found = (struct credentials){
	    xml_text(search->arena, answer.body, "AccessKeyId"),
	    xml_text(search->arena, answer.body, "SecretAccessKey"),
	    xml_text(search->arena, answer.body, "SessionToken"),
	    take_time(xml_text(search->arena, answer.body, "Expiration")),
	};
	if (found->key != NULL && found->secret != NULL)
		return true;
	return error_set(err, STATUS_FAILED, "STS gave no credentials for the web identity");
}

/* Puts the value of a line "name = value" where it belongs. */
static void take_line(
    struct arena *arena, const char *line, size_t length, struct credentials *credentials)
{
	const struct {
		const char *name;
		const char **to;
	} names[] = {
	    {"aws_access_key_id", &credentials->key},
	    {"aws_secret_access_key", &credentials->secret},
	    {"aws_session_token", &credentials->token},
	};
	const char *equals = memchr(line, '=', length), *name;

	if (equals == NULL)
		return;
	name = text_trim(arena, line, (size_t)(equals - line));
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(name, names[i].name) == 0)
			*names[i].to
			    = text_trim(arena, equals + 1, length - (size_t)(equals + 1 - line));
}

/* Not by inih, which cuts lines that a session token needs. */
bool credentials_parse(
    struct arena *arena, const char *text, const char *profile, struct credentials *credentials)
{
	const char *section = arena_printf(arena, "[%s]", profile);
	struct credentials found = {0};
	bool inside = false;

	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		const char *line = text_trim(arena, text, length);

		if (line[0] == '[')
			inside = strcmp(line, section) == 0;
		else if (inside && line[0] != '#' && line[0] != ';')
			take_line(arena, line, strlen(line), &found);
		text += length + (text[length] == '\n');
	}
	if (found.key == NULL || found.secret == NULL)
		return false;
	*credentials = found;
	return true;
}

static bool from_file(const struct search *search, struct credentials *found, struct error *err)
{
	const char *path = variable("AWS_SHARED_CREDENTIALS_FILE"), *home = variable("HOME");
	const char *profile = variable("AWS_PROFILE"), *text;

	if (path == NULL && home != NULL)
		path = arena_printf(search->arena, "%s/.aws/credentials", home);
	if (path == NULL || !file_exists(path))
		return true;
	if (!read_trimmed(search, path, &text, err))
		return false;
	if (credentials_parse(search->arena, text, profile != NULL ? profile : "default", found)
	    || profile == NULL)
		return true;
	return error_set(
	    err, STATUS_FAILED, "%s has no credentials for AWS_PROFILE %s", path, profile);
}

/* What containers and instances are told. */
static bool take_json(
    const struct search *search, const char *body, struct credentials *found, struct error *err)
{
	struct json *json = json_parse(body, err);

	if (json == NULL)
		return error_prefix(err, "credentials");
	*found = (struct credentials){
	    arena_strdup(search->arena, json_get_string(json, "AccessKeyId")),
	    arena_strdup(search->arena, json_get_string(json, "SecretAccessKey")),
	    arena_strdup(search->arena, json_get_string(json, "Token")),
	    take_time(json_get_string(json, "Expiration")),
	};
	json_free(json);
	if (found->key != NULL && found->secret != NULL)
		return true;
	return error_set(err, STATUS_FAILED, "the credentials endpoint gave no key");
}

/* Asks one of the link-local services, which are never behind a proxy. */
static bool ask(const struct search *search, const char *method, const char *url,
    const char *header, long ms, struct http_answer *answer, struct error *err)
{
	const char *const headers[] = {header, NULL};
	const struct http_request request = {
	    .method = method,
	    .url = url,
	    .headers = headers,
	    .by = deadline_within(search->by, ms),
	    .once = ms == INSTANCE_MS,
	    .direct = true,
	};

	if (!http_run(search->http, search->arena, &request, answer, err))
		return false;
	return answer->status == 200 || http_refused(&request, answer, err);
}

static bool from_container(
    const struct search *search, struct credentials *found, struct error *err)
{
	const char *relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *url = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *path = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"), *header = NULL;
	struct http_answer answer;

	if (relative != NULL)
		url = arena_printf(search->arena, CONTAINER "%s", relative);
	if (url == NULL)
		return true;
	if (path != NULL && !read_trimmed(search, path, &token, err))
		return false;
	if (token != NULL)
		header = arena_printf(search->arena, "Authorization: %s", token);
	return ask(search, "GET", url, header, CONTAINER_MS, &answer, err)
	       && take_json(search, answer.body, found, err);
}

static bool from_instance(const struct search *search, struct credentials *found, struct error *err)
{
	const char *base = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	const char *disabled = variable("AWS_EC2_METADATA_DISABLED"), *header, *roles;
	struct http_answer answer;
	struct error ignored = {0};

	if (disabled != NULL && strcmp(disabled, "true") == 0)
		return true;
	base = base != NULL ? base : INSTANCE;
	/* Not an instance, most likely. */
	if (!ask(search, "PUT", arena_printf(search->arena, "%s/latest/api/token", base),
		"X-aws-ec2-metadata-token-ttl-seconds: 21600", INSTANCE_MS, &answer, &ignored))
		return !stop_asked(err);
	header = arena_printf(search->arena, "X-aws-ec2-metadata-token: %s", answer.body);
	roles = arena_printf(search->arena, "%s/latest/meta-data/iam/security-credentials/", base);
	if (!ask(search, "GET", roles, header, INSTANCE_MS, &answer, err))
		return false;
	return ask(search, "GET",
		   arena_printf(search->arena, "%s%.*s", roles, (int)strcspn(answer.body, "\r\n"),
		       answer.body),
		   header, INSTANCE_MS, &answer, err)
	       && take_json(search, answer.body, found, err);
}

bool credentials_find(struct http *http, struct arena *arena, const char *region,
    struct deadline by, struct credentials *credentials, struct error *err)
{
	static way *const ways[]
	    = {from_environment, from_web_identity, from_file, from_container, from_instance};
	const struct search search = {http, arena, region, by};

	for (size_t i = 0; i < COUNT(ways); i++) {
		struct credentials found = {0};

		if (!ways[i](&search, &found, err))
			return stop_signal() == 0 && error_prefix(err, "credentials for S3");
		if (found.key != NULL) {
			*credentials = found;
			return true;
		}
	}
	error_set(err, STATUS_FAILED, "there are no credentials for S3");
	return error_hint(err, "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_…_FILE), "
			       "or give the container "
			       "or the instance a role.");
}
