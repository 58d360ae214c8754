#include "core/net/notify.h"

#include <pthread.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/net/http.h"
#include "core/net/metrics.h"
#include "core/net/notify_text.h"
#include "core/net/otlp.h"

#define TELEGRAM_UNITS 4096 /* of one message, Bot API */
#define SLACK_UNITS 3000 /* what it shows without folding */
#define HEALTHCHECKS_UNITS 10000 /* of the body that it keeps */
#define STOPPED_MS 1000 /* of the two seconds that a stop may take */
#define POSTS_MAX 16
#define TELEGRAM "Telegram"
#define SLACK "Slack"
#define WEBHOOK "the webhook"
#define HEALTHCHECKS "healthchecks"
#define PUSHGATEWAY "the Pushgateway"
#define OPENTELEMETRY "OpenTelemetry"

/* One request, and the thread that makes it. Its memory is its own. */
struct post {
	const char *channel;
	struct http_request request;
	struct http *http;
	struct arena arena;
	struct error err;
	pthread_t thread;
	bool started, told;
};

struct posts {
	struct arena *arena;
	const struct config *config;
	const struct notification *notice;
	struct deadline by;
	struct post items[POSTS_MAX];
	size_t count;
};

static const char *const json_headers[] = {"Content-Type: application/json", NULL};
static const char *const text_headers[] = {"Content-Type: text/plain; charset=utf-8", NULL};

static void add(struct posts *posts, const char *channel, const char *url,
    const char *const *headers, const char *body)
{
	if (posts->count == POSTS_MAX)
		return;
	posts->items[posts->count++] = (struct post){
	    .channel = channel,
	    .request = {
	        .method = "POST",
	        .url = url,
	        .headers = headers,
	        .text = body,
	        .by = posts->by,
	        .last = stop_signal() != 0,
	    },
	};
}

static const char *setting(const struct posts *posts, enum setting_id id)
{
	return config_string(posts->config, id);
}

/* A request that is tried once and leaves no trace there: a GET, or the connection alone. */
static void add_probe(struct posts *posts, const char *channel, const char *url, bool connect)
{
	struct post *post;

	add(posts, channel, url, NULL, NULL);
	post = &posts->items[posts->count - 1];
	post->request.method = "GET";
	post->request.connect = connect;
	post->request.once = true;
}

static const char *telegram_body(struct posts *posts, const char *chat)
{
	struct text out = {.arena = posts->arena};

	json_open(&out, NULL, '{');
	json_text(&out, "chat_id", chat);
	json_text(&out, "text", notify_text(posts->arena, posts->notice, TELEGRAM_UNITS));
	json_bool(&out, "disable_web_page_preview", true);
	json_close(&out, '}');
	return text_string(&out);
}

static void post_telegram(struct posts *posts, const char *chats)
{
	const char *token = setting(posts, SETTING_TELEGRAM_TOKEN);
	struct names each = names_split(posts->arena, chats, ", ");

	if (token == NULL) {
		log_warn("cannot notify Telegram: [telegram] token is not set");
		return;
	}
	for (size_t i = 0; i < each.count; i++)
		add(posts, TELEGRAM,
		    arena_printf(posts->arena, "%s/bot%s/sendMessage",
			setting(posts, SETTING_TELEGRAM_API), token),
		    json_headers, telegram_body(posts, each.items[i]));
}

static void probe_telegram(struct posts *posts, const char *channel, const char *chats)
{
	const char *token = setting(posts, SETTING_TELEGRAM_TOKEN);
	struct names each = names_split(posts->arena, chats, ", ");

	for (size_t i = 0; i < each.count && token != NULL; i++)
		add_probe(posts, channel,
		    arena_printf(posts->arena, "%s/bot%s/getChat?chat_id=%s",
			setting(posts, SETTING_TELEGRAM_API), token,
			http_escape(posts->arena, each.items[i], "")),
		    false);
}

static void probe_connection(struct posts *posts, const char *channel, const char *url)
{
	add_probe(posts, channel, url, true);
}

static void post_slack(struct posts *posts, const char *url)
{
	struct text out = {.arena = posts->arena};

	json_open(&out, NULL, '{');
	json_text(&out, "text", notify_text(posts->arena, posts->notice, SLACK_UNITS));
	json_close(&out, '}');
	add(posts, SLACK, url, json_headers, text_string(&out));
}

static void post_healthchecks(struct posts *posts, const char *url)
{
	static const char *const paths[] = {
	    [NOTICE_START] = "/start",
	    [NOTICE_SUCCESS] = "",
	    [NOTICE_FAILURE] = "/fail",
	};

	add(posts, HEALTHCHECKS,
	    arena_printf(posts->arena, "%s%s", url, paths[posts->notice->event]), text_headers,
	    notify_text(posts->arena, posts->notice, HEALTHCHECKS_UNITS));
}

static void post_webhook(struct posts *posts, const char *url)
{
	const char *secret = setting(posts, SETTING_NOTIFY_WEBHOOK_SECRET);
	const char *body = notify_json(posts->arena, posts->notice);
	const char **headers = arena_array(posts->arena, 3, sizeof(*headers));
	char hex[HASH_HEX_SIZE];

	headers[0] = json_headers[0];
	if (secret != NULL) {
		hash_hmac(secret, body, hex);
		headers[1] = arena_printf(posts->arena, "X-Migrate-Signature: sha256=%s", hex);
	}
	add(posts, WEBHOOK, url, headers, body);
}

/* POST replaces only what it brings, so that a failure leaves the time of the last success. */
static void post_metrics(struct posts *posts, const char *url)
{
	add(posts, PUSHGATEWAY,
	    arena_printf(posts->arena, "%s%smetrics/job/migrate/database/%s", url,
		text_ends(url, "/") ? "" : "/", http_escape(posts->arena, posts->notice->name, "")),
	    text_headers, metrics_text(posts->arena, posts->notice, 0));
}

static void post_trace(struct posts *posts, const char *url)
{
	struct names headers = otlp_headers(posts->arena);

	names_add(posts->arena, &headers, json_headers[0]);
	names_add(posts->arena, &headers, NULL);
	add(posts, OPENTELEMETRY, url, headers.items, otlp_json(posts->arena, posts->notice));
}

/* Who is told of what. People only want to hear of a boot that did something or failed. */
static const struct channel {
	const char *name;
	enum setting_id address; /* SETTING_COUNT: the environment says, otlp_url */
	bool people, starts;
	void (*post)(struct posts *posts, const char *address);
	void (*probe)(struct posts *posts, const char *name, const char *address);
} channels[] = {
    {TELEGRAM, SETTING_TELEGRAM_CHAT, true, false, post_telegram, probe_telegram},
    {SLACK, SETTING_NOTIFY_SLACK_URL, true, false, post_slack, probe_connection},
    {WEBHOOK, SETTING_NOTIFY_WEBHOOK_URL, true, false, post_webhook, probe_connection},
    {HEALTHCHECKS, SETTING_NOTIFY_HEALTHCHECKS_URL, false, true, post_healthchecks,
	probe_connection},
    {PUSHGATEWAY, SETTING_METRICS_PUSHGATEWAY, false, false, post_metrics, probe_connection},
    {OPENTELEMETRY, SETTING_COUNT, false, false, post_trace, probe_connection},
};

static const char *address_of(
    struct arena *arena, const struct config *config, const struct channel *channel)
{
	return channel->address == SETTING_COUNT ? otlp_url(arena)
						 : config_string(config, channel->address);
}

static bool is_for(
    const struct channel *channel, const struct config *config, const struct notification *notice)
{
	const char *on = config_string(config, SETTING_NOTIFY_ON);

	switch (notice->event) {
	case NOTICE_START: return channel->starts;
	case NOTICE_SUCCESS:
		return !channel->people
		       || (notice->applied.count > 0 && strcmp(on, "failure") != 0);
	case NOTICE_FAILURE: return !channel->people || strcmp(on, "success") != 0;
	}
	return false;
}

bool notify_wanted(const struct config *config)
{
	struct arena scratch = {0};
	bool wanted = false;

	for (size_t i = 0; i < COUNT(channels) && !wanted; i++)
		wanted = address_of(&scratch, config, &channels[i]) != NULL;
	arena_free(&scratch);
	return wanted;
}

static void *make_request(void *context)
{
	struct post *post = context;
	struct http_answer answer;

	post->told = http_run(post->http, &post->arena, &post->request, &answer, &post->err)
		     && (post->request.connect || (answer.status >= 200 && answer.status < 300)
			 || http_refused(&post->request, &answer, &post->err));
	return NULL;
}

static void start(struct post *post)
{
	post->http = http_open();
	post->started = pthread_create(&post->thread, NULL, make_request, post) == 0;
	if (!post->started)
		make_request(post);
}

static void join(struct post *post)
{
	if (post->started)
		pthread_join(post->thread, NULL);
}

static void finish(struct post *post)
{
	http_close(post->http);
	arena_free(&post->arena);
}

static void run_all(struct posts *posts)
{
	for (size_t i = 0; i < posts->count; i++)
		start(&posts->items[i]);
	for (size_t i = 0; i < posts->count; i++)
		join(&posts->items[i]);
}

void notify_send(const struct config *config, const struct notification *notice, struct deadline by)
{
	struct arena arena = {0};
	struct posts posts = {
	    .arena = &arena,
	    .config = config,
	    .notice = notice,
	    .by = stop_signal() != 0 ? deadline_within(by, STOPPED_MS) : by,
	};

	for (size_t i = 0; i < COUNT(channels); i++) {
		const char *address = address_of(&arena, config, &channels[i]);

		if (address != NULL && is_for(&channels[i], config, notice))
			channels[i].post(&posts, address);
	}
	run_all(&posts);
	for (size_t i = 0; i < posts.count; i++) {
		const struct post *post = &posts.items[i];

		if (!post->told)
			log_warn("cannot notify %s: %s", post->channel, post->err.message);
		finish(&posts.items[i]);
	}
	arena_free(&arena);
}

/* A name once, also where a channel has several addresses. */
static void note(struct arena *arena, struct names *names, const char *name)
{
	if (!names_has(names, name))
		names_add(arena, names, name);
}

void notify_probe(struct arena *arena, const struct config *config, struct deadline by,
    struct notify_probe *probe)
{
	struct posts posts = {.arena = arena, .config = config, .by = by};

	*probe = (struct notify_probe){.reached = {0}};
	for (size_t i = 0; i < COUNT(channels); i++) {
		const struct channel *channel = &channels[i];
		const char *address = address_of(arena, config, channel);
		size_t before = posts.count;

		if (address == NULL)
			continue;
		channel->probe(&posts, channel->name, address);
		if (posts.count == before)
			names_add(arena, &probe->missed,
			    arena_printf(arena, "%s: no token is set", channel->name));
	}
	run_all(&posts);
	for (size_t i = 0; i < posts.count; i++) {
		struct post *post = &posts.items[i];

		if (post->told)
			note(arena, &probe->reached, post->channel);
		else
			note(arena, &probe->missed,
			    arena_printf(arena, "%s: %s", post->channel, post->err.message));
		finish(post);
	}
}
