#include "core/net/credentials.h"
#include "core/net/s3.h"
#include "core/net/xml.h"
#include "tests/unit/tap.h"

static struct arena arena;

static void test_xml(void)
{
	const char *list = "<?xml version=\"1.0\"?><R xmlns=\"x\"><Key/><Key>a&amp;b</Key>"
			   "<D:href a=\"1\">/x</D:href><Keys>no</Keys><Key></Key><Key>c";
	const char *at = list;

	is(xml_next(&arena, &at, "Key"), "a&b",
	    "the first, with its entities; an empty tag has none");
	is(xml_next(&arena, &at, "Key"), "", "the next may be empty");
	is(xml_next(&arena, &at, "Key"), NULL, "one that does not end is none");
	is(xml_text(&arena, list, "href"), "/x", "prefixes and attributes do not count");
	is(xml_text(&arena, "", "Key"), NULL, "of nothing, nothing");
	is(xml_text(&arena, "<", "Key"), NULL, "nor of what is no XML");
}

static void test_credentials(void)
{
	const char *text = "[other]\naws_access_key_id=no\n[bot]\n# aws_access_key_id = no\n"
			   "aws_access_key_id = AK\naws_secret_access_key=a/b+c=\n\n[half]\n"
			   "aws_access_key_id = AK";
	struct credentials found = {0};

	ok(credentials_parse(&arena, text, "bot", &found), "a profile");
	is(found.key, "AK", "its key");
	is(found.secret, "a/b+c=", "and secret, as it stands");
	is(found.token, NULL, "and no token");
	ok(!credentials_parse(&arena, text, "half", &found), "half a profile is none");
	ok(!credentials_parse(&arena, text, "nobody", &found), "nor one that is not there");
}

static void test_words(void)
{
	is(http_escape(&arena, "a b/c+ü", "/"), "a%20b/c%2B%C3%BC", "what is escaped in a URL");
	is(s3_base64(&arena, ""), "", "base64 of nothing");
	is(s3_base64(&arena, "66"), "Zg==", "of one byte");
	is(s3_base64(&arena, "666f"), "Zm8=", "of two");
	is(s3_base64(&arena, "666f6f6261"), "Zm9vYmE=", "of five");
	is(s3_base64(&arena, "fbff"), "+/8=", "with its last digits");
}

static void test_parts(void)
{
	const struct s3 s3 = {.part = 64LL << 20};

	is_int(s3_part(&s3, 64LL << 20), 0, "what fits in a part goes whole");
	is_int(s3_part(&s3, (64LL << 20) + 1), 64LL << 20, "more goes in parts");
	ok(s3_part(&s3, 5LL << 40) * 10000 >= 5LL << 40, "never more than 10,000 of them");
}

int main(void)
{
	test_xml();
	test_credentials();
	test_words();
	test_parts();
	arena_free(&arena);
	return tap_done();
}
