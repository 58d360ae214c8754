#include "tests/unit/tap.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/revision/parse.h"

#define HEADER "-- add users\n--\n-- Revision ID: ae1\n-- Revises:\n\n"
#define BODY "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;\n"

static struct arena arena;
static struct error err;

static bool parse(const char *text, struct revision *revision)
{
	return revision_parse(&arena, "m/ae1.sql", text, strlen(text), revision, &err);
}

static void fails(const char *text, const char *message, long line)
{
	struct revision revision;

	ok(!parse(text, &revision), "refused: %s", message);
	is(err.message, message, "says so");
	is(err.file, "m/ae1.sql", "names the file");
	is_int(err.line, line, "names the line");
	is_int(err.status, STATUS_CONFIG, "is about the files");
}

static const char *sql_of(const char *text, const struct part *part)
{
	return arena_strndup(&arena, text + part->offset, part->length);
}

static void test_header(void)
{
	struct revision revision;

	ok(parse("-- add users\n-- and roles\n--\n-- Revision ID: ae1\n-- REVISES: ae0, be0\n"
		 "-- depends on: ce0\n-- Branch labels: feat,lib\n-- Create Date: 2026-11-22 "
		 "10:04:00+00:00\n-- Author: me\n\n" BODY,
	       &revision),
	    "a whole header is read");
	is(revision.id, "ae1", "its id");
	is(revision.message, "add users\nand roles", "its message, all of it");
	is(revision_doc(&arena, &revision), "add users\nand roles", "the first paragraph of it");
	is(names_join(&arena, &revision.parents, "+"), "ae0+be0", "its parents");
	is(names_join(&arena, &revision.depends, "+"), "ce0", "its dependencies");
	is(names_join(&arena, &revision.labels, "+"), "feat+lib", "its labels");
	is(revision.date, "2026-11-22 10:04:00+00:00", "its date as written");
	is_int(revision.parents_line, 5, "lines are remembered");
	ok(parse("-- Revision ID: add_deletion_notification_fields\n" BODY, &revision),
	    "an id of 32 characters and no message");
	is(revision.message, "", "an empty message");
	is_int(revision.parents.count, 0, "no Revises is a base");
	ok(parse("-- note: see issue 5\n-- create: users\n-- Revision ID: ae1\n" BODY, &revision),
	    "other words before a colon are message");
	is(revision.message, "note: see issue 5\ncreate: users", "and kept");
}

static void test_parts(void)
{
	const char *text = HEADER "--  migrate:up transaction:false lock_timeout:2s\nSELECT 1;\n"
				  "--migrate:down\nSELECT 2;";
	struct revision revision;

	ok(parse(text, &revision), "markers with more and fewer spaces");
	is(sql_of(text, &revision.up), "SELECT 1;\n", "up is what is between the markers");
	is(sql_of(text, &revision.down), "SELECT 2;", "down is the rest");
	is_int(revision.up.line, 7, "the line of the first byte");
	is_int(revision.up.transaction, TRANSACTION_OFF, "transaction:false");
	is_int(revision.up.lock_timeout, 2000, "lock_timeout");
	is_int(revision.down.transaction, TRANSACTION_DEFAULT, "no option leaves the default");
	is_int(revision.down.lock_timeout, -1, "and no limit");
	text = HEADER "-- migrate:up";
	ok(parse(text, &revision) && revision.up.length == 0 && !revision.down.present,
	    "an empty part at the end of the file, and no down");
	text = "\xEF\xBB\xBF-- x\r\n-- Revision ID: ae1\r\n-- migrate:up\r\nSELECT 'é';\r\n";
	ok(parse(text, &revision), "a byte order mark and CRLF");
	is(revision.message, "x", "leave no trace in the message");
	is(sql_of(text, &revision.up), "SELECT 'é';\r\n", "and stay in the SQL");
}

static void test_errors(void)
{
	struct revision revision;
	static const char nul[] = HEADER "-- migrate:up\nSELECT\0 1;\n";

	fails("-- x\n" BODY, "no '-- Revision ID:' line", 1);
	fails(HEADER, "no '-- migrate:up' line", 1);
	fails("-- Revison ID: ae1\n" BODY,
	    "unknown key 'Revison ID:', did you mean 'Revision ID:'?", 1);
	fails("-- Revision ID: ae1\n-- Revise: ae0\n" BODY,
	    "unknown key 'Revise:', did you mean 'Revises:'?", 2);
	fails("-- Revision ID: ae1\n-- Revision ID: ae2\n" BODY, "a second 'Revision ID:'", 2);
	fails("-- Revision ID: a-1\n" BODY,
	    "Character(s) '-' not allowed in revision identifier 'a-1'", 1);
	fails("-- Revision ID: 123456789012345678901234567890123\n" BODY,
	    "revision identifier '123456789012345678901234567890123' is longer than 32 bytes", 1);
	fails("-- Revision ID: ae1\n-- Revises: a b\n" BODY, "white space in 'a b'", 2);
	fails(HEADER "SELECT 1;\n" BODY, "text before the '-- migrate:up' line", 6);
	fails(HEADER "-- migrate:upp\n", "unknown marker 'migrate:upp', did you mean 'migrate:up'?",
	    6);
	fails(HEADER BODY "-- Migrate:Down\n",
	    "unknown marker 'Migrate:Down', did you mean 'migrate:down'?", 10);
	fails(HEADER "-- migrate:up\n  -- migrate:down\n",
	    "unknown marker 'migrate:down', did you mean 'migrate:down'?", 7);
	fails(HEADER "-- migrate:up\n-- migrate:up\n", "a second '-- migrate:up' line", 7);
	fails(HEADER BODY "-- migrate:down\n", "a second '-- migrate:down' line", 10);
	fails(HEADER "-- migrate:down\n", "'-- migrate:down' before '-- migrate:up'", 6);
	fails(HEADER "-- migrate:up transacton:false\n",
	    "unknown option 'transacton', did you mean 'transaction'?", 6);
	fails(HEADER "-- migrate:up transaction:maybe\n", "'maybe' is not a value for transaction",
	    6);
	fails(HEADER "-- migrate:up\n\xC3(\n", "the file is not valid UTF-8", 7);
	fails(HEADER "-- migrate:up\n\xED\xA0\x80\n", "the file is not valid UTF-8", 7);
	ok(!revision_parse(&arena, "x", nul, sizeof(nul) - 1, &revision, &err),
	    "a NUL byte is refused");
	is(err.message, "the file contains a NUL byte", "and named");
	ok(*err.hint != '\0', "with a hint");
}

static void test_ids(void)
{
	ok(revision_id_check("4c1f0d2b9a7e", &err), "hexadecimal digits are an id");
	ok(revision_id_check("add_deletion_notification_fields", &err), "words are an id");
	ok(!revision_id_check("", &err), "nothing is not");
	ok(!revision_id_check("head", &err), "a reserved word is not");
	ok(!revision_id_check("a@b", &err), "nothing with @ is");
	ok(!revision_id_check("a b", &err), "nothing with a space is");
}

static void test_slugs(void)
{
	static const char *const slugs[][2] = {
	    {"add email field to users", "add_email_field_to_users"},
	    {"  Add: E-Mail!  ", "add_e_mail"},
	    {"", ""},
	    {"Добавить таблицу — «Ёлка»", "добавить_таблицу_ёлка"},
	    {"Größe ÄNDERN", "größe_ändern"},
	    {"this is a really long name that is longer than forty characters",
		"this_is_a_really_long_name_that_is_"},
	    {"0123456789012345678901234567890123456789",
		"0123456789012345678901234567890123456789"},
	    {"01234567890123456789012345678901234567890",
		"0123456789012345678901234567890123456789_"},
	};

	for (size_t i = 0; i < COUNT(slugs); i++)
		is(revision_slug(&arena, slugs[i][0]), slugs[i][1], "slug of '%s'", slugs[i][0]);
}

static void test_write(void)
{
	struct revision revision = {.id = "ae2", .message = "add\n\nusers", .date = "2026"}, again;
	const char *text;

	names_add(&arena, &revision.parents, "ae0");
	names_add(&arena, &revision.parents, "ae1");
	names_add(&arena, &revision.depends, "be0");
	names_add(&arena, &revision.labels, "feat");
	text = revision_write(&arena, &revision, "SELECT 1;", NULL);
	is(text,
	    "-- add\n--\n-- users\n--\n-- Revision ID: ae2\n-- Revises: ae0, ae1\n"
	    "-- Depends on: be0\n-- Branch labels: feat\n-- Create Date: 2026\n\n-- migrate:up\n"
	    "SELECT 1;\n\n-- migrate:down\n",
	    "a new file");
	ok(parse(text, &again), "can be read again");
	is(again.message, revision.message, "with the same message");
	revision = (struct revision){.id = "ae1", .message = "", .date = ""};
	is(revision_write(&arena, &revision, NULL, NULL),
	    "-- Revision ID: ae1\n-- Revises:\n\n-- migrate:up\n\n-- migrate:down\n", "a bare one");
}

static void test_read(void)
{
	char path[] = "/tmp/revision-XXXXXX";
	int fd = mkstemp(path);
	const char *text = HEADER BODY, *sql = NULL;
	struct revision revision;
	size_t length = 0;

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	if (!revision_parse(&arena, path, text, strlen(text), &revision, &err)
	    || !file_stamp(fd, &revision.stamp))
		abort();
	ok(revision_read(&arena, &revision, DIRECTION_DOWN, &sql, &length, &err), "a part is read");
	is(sql, "DROP TABLE a;\n", "its SQL");
	is_int(length, strlen(sql), "its length");
	ok(revision_read(&arena, &revision, DIRECTION_UP, &sql, &length, &err), "and the other");
	is(sql, "CREATE TABLE a ();\n", "its SQL");
	if (write(fd, "-- x\n", 5) != 5)
		abort();
	ok(!revision_read(&arena, &revision, DIRECTION_DOWN, &sql, &length, &err),
	    "a file that has changed since is refused");
	is(err.message, "revision ae1 was changed while it was in use", "with the reason");
	if (ftruncate(fd, 10) != 0 || !file_stamp(fd, &revision.stamp))
		abort();
	ok(!revision_read(&arena, &revision, DIRECTION_DOWN, &sql, &length, &err),
	    "so is one that is cut short while it is read");
	close(fd);
	unlink(path);
	revision.down.present = false;
	ok(!revision_read(&arena, &revision, DIRECTION_DOWN, &sql, &length, &err), "no down part");
	is(err.message, "revision ae1 has no '-- migrate:down' part", "is an error");
}

/* Cut anywhere, it is the same file. */
static void test_pieces(void)
{
	static const char text[]
	    = "\xEF\xBB\xBF" HEADER "-- migrate:up lock_timeout:1s\nSELECT 'é';\n"
	      "\n-- migrate:down\nSELECT 2;";
	size_t length = strlen(text), same = 0;
	struct revision whole, cut;

	if (!revision_parse(&arena, "a.sql", text, length, &whole, &err))
		abort();
	for (size_t size = 1; size < length; size++) {
		struct parser parser = parser_start(&arena, "a.sql", &cut, &err);
		size_t from = 0, to = 0, taken = 1;

		while (to < length) {
			to = length - to > size ? to + size : length;
			if (!parser_take(&parser, text + from, to - from, to == length, &taken))
				abort();
			from += taken;
		}
		same += parser_end(&parser) && from == length && strcmp(whole.id, cut.id) == 0
			&& whole.up.offset == cut.up.offset && whole.up.length == cut.up.length
			&& whole.up.lock_timeout == cut.up.lock_timeout
			&& whole.down.offset == cut.down.offset && whole.down.line == cut.down.line
			&& whole.down.length == cut.down.length;
	}
	is_int(same, length - 1, "pieces of any size give the same");
}

int main(void)
{
	test_header();
	test_parts();
	test_errors();
	test_ids();
	test_slugs();
	test_write();
	test_read();
	test_pieces();
	arena_free(&arena);
	return tap_done();
}
