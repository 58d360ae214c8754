#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/config.h"
#include "core/base/file.h"
#include "core/base/settings.h"
#include "tests/unit/tap.h"

static struct arena arena;
static struct error err;
static const struct config *config;

/* Every case starts with no file and an empty environment. */
static void begin(void)
{
	static const char *const files[] = {
	    "migrate.ini",
	    "migrations/migrate.ini",
	    "alembic.ini",
	    "other.ini",
	    "secret",
	};

	for (size_t i = 0; i < COUNT(files); i++)
		unlink(files[i]);
	clearenv();
	arena_reset(&arena);
	err = (struct error){0};
	config = NULL;
}

static void write_bytes(const char *path, const char *data, size_t length)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fwrite(data, 1, length, file) != length || fclose(file) != 0)
		perror(path), exit(1);
}

static void write_file(const char *path, const char *data)
{
	write_bytes(path, data, strlen(data));
}

static bool load_with(struct config_flags flags)
{
	return config_load(&arena, &flags, &config, &err);
}

static bool load(void)
{
	return load_with((struct config_flags){0});
}

static bool load_ini(const char *text)
{
	begin();
	write_file("migrate.ini", text);
	return load();
}

static const char *get(enum setting_id id)
{
	return config == NULL ? "(not loaded)" : config_string(config, id);
}

static const char *origin(enum setting_id id)
{
	struct origin from = config == NULL ? (struct origin){"", 0} : config_origin(config, id);

	return from.line == 0 ? from.name : arena_printf(&arena, "%s:%ld", from.name, from.line);
}

/* The error that a migrate.ini causes, with its place. */
static const char *refusal(const char *text)
{
	if (load_ini(text))
		return "(loaded)";
	if (config != NULL || err.status != STATUS_CONFIG)
		return "(wrong status, or output touched)";
	return arena_printf(&arena, "%s:%ld: %s", err.file, err.line, err.message);
}

static void test_defaults(void)
{
	long unused;

	begin();
	ok(load(), "nothing at all is a configuration: %s", err.message);
	is(config_file(config), NULL, "no file");
	is(get(SETTING_URL), NULL, "no url");
	is(get(SETTING_BACKUP_PG_DUMP), NULL, "no pg_dump");
	is(get(SETTING_DIRECTORY), "migrations", "directory");
	is(origin(SETTING_DIRECTORY), "default", "its origin");
	is_int(config_number(config, SETTING_WAIT_TIMEOUT), 60000, "durations are milliseconds");
	is_int(config_number(config, SETTING_BACKUP_KEEP_LAST), 5, "numbers are numbers");
	ok(config_bool(config, SETTING_BACKUP_ENABLED), "backups are on");
	ok(!config_bool(config, SETTING_WAIT_SOCKET_ONLY), "socket_only is off");
	for (int id = 0; id < SETTING_COUNT; id++) {
		const struct setting *setting = &config_settings[id];

		if (!ok(setting->section && setting->key && setting->help
			    && (setting->value == NULL
				|| settings_check((enum setting_id)id, setting->value, &unused)),
			"setting %d is complete and its default valid", id))
			break;
	}
}

static void test_names(void)
{
	is(config_variable(&arena, SETTING_URL), "MIGRATE_URL", "general variable");
	is(config_variable(&arena, SETTING_BACKUP_PG_DUMP), "MIGRATE_BACKUP_PG_DUMP",
	    "variable of a section");
	is(config_flag(&arena, SETTING_DIRECTORY), "--directory", "general flag");
	is(config_flag(&arena, SETTING_BACKUP_KEEP_LAST), "--backup-keep-last",
	    "flag of a section");
	for (int id = 0; id < SETTING_COUNT; id++)
		if (!ok(config_find_flag(config_flag(&arena, (enum setting_id)id)) == id,
			"the flag of setting %d is found", id))
			break;
	is_int(config_find_flag("--migrate-url"), -1, "the general section is not in a flag");
	is_int(config_find_flag("--backup"), -1, "no flag by its beginning");
	is_int(config_find_flag(""), -1, "no empty flag");
}

static void test_order(void)
{
	struct config_flags flags = {0};

	load_ini("[migrate]\nurl = ini\n");
	is(get(SETTING_URL), "ini", "ini over default");
	is(origin(SETTING_URL), "migrate.ini:2", "its origin has file and line");
	setenv("DATABASE_URL", "database", 1);
	load();
	is(get(SETTING_URL), "database", "DATABASE_URL over ini");
	is(origin(SETTING_URL), "DATABASE_URL", "its origin");
	setenv("MIGRATE_URL", "", 1);
	load();
	is(get(SETTING_URL), "database", "an empty variable counts as unset");
	setenv("MIGRATE_URL", "migrate", 1);
	load();
	is(get(SETTING_URL), "migrate", "MIGRATE_URL over DATABASE_URL");
	flags.values[SETTING_URL] = "flag";
	ok(load_with(flags), "a flag is taken");
	is(get(SETTING_URL), "flag", "flag over all");
	is(origin(SETTING_URL), "--url", "its origin");
}

static void test_secret_files(void)
{
	begin();
	write_file("secret", "postgres://db\n\n");
	setenv("MIGRATE_URL_FILE", "secret", 1);
	ok(load(), "a variable's value can stand in a file");
	is(get(SETTING_URL), "postgres://db\n", "one newline at its end is removed");
	is(origin(SETTING_URL), "MIGRATE_URL_FILE", "its origin");
	write_file("secret", "x\r\n");
	load();
	is(get(SETTING_URL), "x", "a newline may be CRLF");
	write_file("secret", "\n");
	setenv("DATABASE_URL_FILE", "other.ini", 1);
	write_file("other.ini", "second");
	load();
	is(get(SETTING_URL), "second", "an empty file counts as unset");
	setenv("MIGRATE_URL", "x", 1);
	ok(!load(), "NAME and NAME_FILE together are refused");
	is(err.message, "both MIGRATE_URL and MIGRATE_URL_FILE are set", "by name");
	is_int(err.status, STATUS_CONFIG, "as configuration");
	begin();
	setenv("MIGRATE_LOCK_TIMEOUT_FILE", "/nowhere/lock", 1);
	ok(!load(), "a missing file is refused");
	ok(strstr(err.message, "MIGRATE_LOCK_TIMEOUT_FILE") && strstr(err.message, "/nowhere/lock"),
	    "naming variable and path: %s", err.message);
	write_bytes("secret", "a\0b", 3);
	setenv("MIGRATE_LOCK_TIMEOUT_FILE", "secret", 1);
	ok(!load() && strstr(err.message, "zero byte"), "a zero byte is refused: %s", err.message);
	write_file("secret", "hunter2");
	ok(!load() && !strstr(err.message, "hunter2"), "no secret in the error: %s", err.message);
}

static void test_types(void)
{
	struct config_flags flags = {0};

	is(refusal("[wait]\ntimeout = 5x\n"),
	    "migrate.ini:2: invalid value '5x' for [wait] timeout: a duration such as 500ms, 30s, "
	    "5m or 1h is expected",
	    "a bad duration");
	is(refusal("[backup]\n\nenabled = maybe\n"),
	    "migrate.ini:3: invalid value 'maybe' for [backup] enabled: on or off is expected",
	    "a bad switch");
	is(refusal("[backup]\nkeep_last=-1"),
	    "migrate.ini:2: invalid value '-1' for [backup] "
	    "keep_last: a whole number is expected",
	    "a bad number, no newline at the end");
	is(refusal("[boot]\nahead = refus\n"),
	    "migrate.ini:2: invalid value 'refus' for [boot] "
	    "ahead: one of refuse, warn, allow is expected",
	    "a bad choice");
	begin();
	setenv("MIGRATE_BOOT_EDITED", "refuse|warn", 1);
	ok(!load(), "choices are not a value");
	is(err.message,
	    "invalid value 'refuse|warn' for MIGRATE_BOOT_EDITED: one of refuse, warn "
	    "is expected",
	    "a bad variable is named");
	begin();
	flags.values[SETTING_LOCK_TIMEOUT] = "soon";
	ok(!load_with(flags) && err.status == STATUS_USAGE, "a bad flag is a usage error");
	ok(strstr(err.message, "for --lock-timeout: "), "and named: %s", err.message);
	flags.values[SETTING_LOCK_TIMEOUT] = "";
	ok(!load_with(flags) && err.status == STATUS_USAGE, "an empty flag is a usage error");
	ok(load_ini("[backup]\nenabled = FALSE\n[wait]\nsocket_only: Yes\n"), "switches");
	ok(!config_bool(config, SETTING_BACKUP_ENABLED), "FALSE is off");
	ok(config_bool(config, SETTING_WAIT_SOCKET_ONLY), "Yes is on, after a colon too");
	ok(load_ini("[wait]\ntimeout =\n"), "an empty value is allowed");
	is(get(SETTING_WAIT_TIMEOUT), "60s", "and leaves the default");
	write_file("migrate.ini", "[wait]\ntimeout = 5x\n");
	setenv("MIGRATE_WAIT_TIMEOUT", "5s", 1);
	ok(load(), "a value that is overridden is not checked");
}

static void test_malformed(void)
{
	is(refusal("[migrate]\n[bakcup]\nkeep_last = 1\n"),
	    "migrate.ini:2: unknown section [bakcup]", "an unknown section");
	is(refusal("[migrate]\n\n[bakcup]\n"), "migrate.ini:3: unknown section [bakcup]",
	    "an unknown section with nothing in it");
	ok(strstr(err.hint, "[backup]"), "the nearest is named: %s", err.hint);
	is(refusal("[wait]\n# c\ntimeuot = 1\n"), "migrate.ini:3: unknown key 'timeuot' in [wait]",
	    "an unknown key");
	ok(strstr(err.hint, "'timeout'"), "the nearest is named: %s", err.hint);
	is(refusal("[migrate]\nkeep_last = 1\n"),
	    "migrate.ini:2: unknown key 'keep_last' in [migrate]", "a key of another section");
	ok(strstr(err.hint, "[backup]"), "which is named: %s", err.hint);
	is(refusal("[wait]\ntimeout = 1\n[lock]\n[wait]\ntimeout = 2\n"),
	    "migrate.ini:5: duplicate key: the value was already set on line 2", "a duplicate");
	is(refusal("[wait]\ntimeout =\ntimeout = 2\n"),
	    "migrate.ini:3: duplicate key: the value was already set on line 2",
	    "a duplicate of an empty value");
	is(refusal("url = x\n[migrate]\n"), "migrate.ini:1: key 'url' stands before any [section]",
	    "a key without section");
	is(refusal("[wait]\ntimeout 5s\n"),
	    "migrate.ini:2: neither a [section] nor a line of the form key = value",
	    "a line without '='");
	is(refusal("[wait\ntimeout = 5s\n"),
	    "migrate.ini:1: neither a [section] nor a line of the form key = value",
	    "a section without ']', which is the first error, not the key after it");
	is(refusal("[migrate]\nurl = a\n  b\n"),
	    "migrate.ini:3: continuation line: a value ends with its line", "a continuation line");
	begin();
	write_bytes("migrate.ini", "[wait]\n\0timeout = 5s\n", 21);
	ok(!load() && strstr(err.message, "zero byte"), "a zero byte: %s", err.message);
}

static void test_well_formed(void)
{
	ok(load_ini("\xef\xbb\xbf[wait]\r\ntimeout = 5s\r\n   \r\n  # c\r\n; c\r\n"),
	    "byte order mark, CRLF, blank lines and comments: %s", err.message);
	is(get(SETTING_WAIT_TIMEOUT), "5s", "the value between them");
	ok(load_ini(""), "an empty file");
	ok(load_ini("[boot]\ntarget = a ; not b\n"), "a comment behind a value");
	is(get(SETTING_BOOT_TARGET), "a", "is no part of it");
}

/* "[migrate]\nurl = xxx…\n" with a second line of `length` bytes. */
static bool load_line(const char *start, size_t length)
{
	struct text text = {.arena = &arena};

	begin();
	text_printf(&text, "[migrate]\n%s", start);
	while (text.length < strlen("[migrate]\n") + length)
		text_add(&text, "x");
	text_add(&text, "\n[wait]\ntimeout = 7s\n");
	write_file("migrate.ini", text_string(&text));
	return load();
}

static void test_long_lines(void)
{
	ok(load_line("url = ", 198), "a line of 198 bytes is taken: %s", err.message);
	is_int(strlen(get(SETTING_URL)), 192, "whole");
	is(origin(SETTING_WAIT_TIMEOUT), "migrate.ini:4", "and counted as one");
	for (size_t length = 199; length < 1000; length += 199) {
		ok(!load_line("url = ", length), "a line of %zu bytes is refused", length);
		is(err.message, "line is longer than 198 bytes", "with the limit");
		is_int(err.line, 2, "and the line");
		ok(strstr(err.hint, "MIGRATE_URL "), "the hint has the variable: %s", err.hint);
	}
	begin();
	write_file("migrate.ini", arena_printf(&arena, "[boot]\r\ntarget = %0189d\r\n", 1));
	ok(load(), "its end does not count, CRLF neither: %s", err.message);
	ok(load_line("# ", 1000), "a comment may be longer: %s", err.message);
	is(origin(SETTING_WAIT_TIMEOUT), "migrate.ini:4", "and is counted as one line");
	ok(!load_line("x", 1000), "a long line without '=' is refused: %s", err.message);
}

static void test_places(void)
{
	begin();
	write_file("alembic.ini", "[alembic]\nscript_location = a\n");
	load();
	is(config_file(config), "alembic.ini", "alembic.ini is enough");
	write_file("migrations/migrate.ini", "[migrate]\ndirectory = .\n[backup]\ndirectory = b\n");
	load();
	is(config_file(config), "migrations/migrate.ini", "migrations/migrate.ini comes before it");
	is(get(SETTING_DIRECTORY), "migrations", "'.' is the file's directory");
	is(get(SETTING_BACKUP_DIRECTORY), "migrations/b", "paths are relative to the file");
	setenv("MIGRATE_BACKUP_DIRECTORY", "b", 1);
	load();
	is(get(SETTING_BACKUP_DIRECTORY), "b", "but not a variable's");
	write_file("migrate.ini", "[migrate]\ndirectory = m\n[backup]\ndirectory = /b\n");
	unsetenv("MIGRATE_BACKUP_DIRECTORY");
	load();
	is(config_file(config), "migrate.ini", "./migrate.ini is first");
	is(get(SETTING_DIRECTORY), "m", "beside the file");
	is(get(SETTING_BACKUP_DIRECTORY), "/b", "an absolute path stays");
	write_file("other.ini", "[wait]\ntimeout = 1s\n");
	setenv("MIGRATE_CONFIG", "other.ini", 1);
	load();
	is(config_file(config), "other.ini", "MIGRATE_CONFIG over the usual places");
	ok(load_with((struct config_flags){.config = "migrate.ini"}), "--config");
	is(config_file(config), "migrate.ini", "over MIGRATE_CONFIG");
	ok(!load_with((struct config_flags){.config = "none.ini"}), "it must exist");
	ok(strstr(err.message, "--config") && strstr(err.message, "none.ini"), "%s", err.message);
	setenv("MIGRATE_CONFIG", "none.ini", 1);
	ok(!load() && strstr(err.message, "MIGRATE_CONFIG"), "%s", err.message);
	setenv("MIGRATE_CONFIG", "", 1);
	ok(load(), "an empty MIGRATE_CONFIG counts as unset");
}

static void test_references(void)
{
	load_ini("[boot]\ntarget = <${A}|${B:-b}|${C:-}|$${D}|$x>\n");
	ok(config == NULL, "an unset variable without default is refused");
	is(err.message, "environment variable A is not set", "by name");
	is_int(err.line, 2, "with the line");
	setenv("A", "a b", 1);
	load();
	is(get(SETTING_BOOT_TARGET), "<a b|b||${D}|$x>", "variable, defaults, escape, bare '$'");
	setenv("B", "set", 1);
	load();
	is(get(SETTING_BOOT_TARGET), "<a b|set||${D}|$x>", "a variable over its default");
	unsetenv("B");
	write_file("secret", "file\n");
	setenv("B_FILE", "secret", 1);
	load();
	is(get(SETTING_BOOT_TARGET), "<a b|file||${D}|$x>", "NAME_FILE stands for NAME");
	setenv("B_FILE", "/nowhere/b", 1);
	ok(!load() && err.line == 2, "and must be readable: %s", err.message);
	is(refusal("[boot]\ntarget = ${A\n"),
	    "migrate.ini:2: '${' without a variable's name and '}'", "no end");
	is(refusal("[boot]\ntarget = ${}\n"),
	    "migrate.ini:2: '${' without a variable's name and '}'", "no name");
	is(refusal("[boot]\ntarget = ${1A}\n"),
	    "migrate.ini:2: '${' without a variable's name and '}'", "no such name");
	is(refusal("[boot]\ntarget = ${A-b}\n"),
	    "migrate.ini:2: '${' without a variable's name and '}'", "no such operator");
	begin();
	setenv("MIGRATE_BOOT_TARGET", "${A}", 1);
	load();
	is(get(SETTING_BOOT_TARGET), "${A}", "only in the file");
	write_file("migrate.ini", "[boot]\ntarget = ${NONE}\n");
	ok(load(), "a value that is overridden needs no variables");
	load_ini("[boot]\ntarget = ${A:-}\n");
	is(get(SETTING_BOOT_TARGET), "head", "an empty result counts as unset");
}

static void test_url_references(void)
{
	load_ini("[migrate]\nurl = postgresql://u:${P}@${H:-a,b:5}/d?x=%20\n");
	setenv("P", "p@s/s%\xc3\xa9-._~", 1);
	load();
	is(get(SETTING_URL), "postgresql://u:p%40s%2Fs%25%C3%A9-._~@a,b:5/d?x=%20",
	    "values in a URL are percent-encoded, its text and defaults are not");
	load_ini("[migrate]\nurl = ${U}\n");
	setenv("U", "postgresql://u:p%40@h/", 1);
	load();
	is(get(SETTING_URL), "postgresql://u:p%40@h/", "a whole URL stays as it is");
	load_ini("[migrate]\nurl = ${U:-postgresql://h/}\n");
	load();
	is(get(SETTING_URL), "postgresql://h/", "and so does its default");
	setenv("U", "postgresql://u:p%40@h/?options=-c a", 1);
	load();
	is(get(SETTING_URL), "postgresql://u:p%40@h/?options=-c a", "or what replaces that");
	load_ini("[migrate]\nurl = host=h password='${P}'\n");
	setenv("P", "a b'c\\d@", 1);
	load();
	is(get(SETTING_URL), "host=h password='a\\ b\\'c\\\\d@'",
	    "values in a keyword string are escaped");
}

static void test_alembic(void)
{
	char cwd[4096] = "";

	begin();
	write_file("alembic.ini",
	    "[DEFAULT]\nx = 1\n[alembic]\nscript_location =\n    %(here)s/db\n"
	    "sqlalchemy.url = postgresql+asyncpg://u:p%%40${X}@h/d\nversion_locations = a\n    b\n"
	    "[loggers]\nkeys = root\nsqlalchemy.url = no\n");
	ok(load() && getcwd(cwd, sizeof(cwd)), "an alembic.ini is understood: %s", err.message);
	is(get(SETTING_URL), "postgresql+asyncpg://u:p%40${X}@h/d", "url");
	is(origin(SETTING_URL), "alembic.ini:6", "its origin");
	is(get(SETTING_DIRECTORY), arena_printf(&arena, "%s/db/versions", cwd), "directory");
	is(origin(SETTING_DIRECTORY), "alembic.ini:5", "its origin");
	begin();
	write_file("alembic.ini", "[alembic]\nscript_location = alembic\n"
				  "sqlalchemy.url = driver://user:pass@localhost/dbname\n");
	load();
	is(get(SETTING_URL), NULL, "Alembic's placeholder counts as unset");
	is(get(SETTING_DIRECTORY), "alembic/versions", "a relative script_location");
	write_file("alembic.ini", "[alembic]\nsqlalchemy.url = postgresql://%(user)s@h/d\n");
	ok(!load() && err.line == 2, "other interpolations are refused: %s", err.message);
	ok(strstr(err.message, "%(user)s"), "by name");
	setenv("MIGRATE_URL", "x", 1);
	ok(load(), "unless they are overridden");
	unsetenv("MIGRATE_URL");
	write_file("alembic.ini", "[alembic]\nsqlalchemy.url = postgresql://u:a%(secret@h/d\n");
	ok(!load() && !strstr(err.message, "secret"), "no password in the error: %s", err.message);
	write_file("alembic.ini", arena_printf(&arena,
				      "[x]\ny = %0300d\n[alembic]\nz = %0300d\n"
				      "script_location = a\n",
				      1, 1));
	ok(load(), "long lines that don't matter are allowed: %s", err.message);
	write_file("alembic.ini", arena_printf(&arena, "[alembic]\nsqlalchemy.url = %0300d\n", 1));
	ok(!load() && err.line == 2 && strstr(err.hint, "MIGRATE_URL "),
	    "but not where one does: %s", err.message);
	write_file("alembic.ini", "[alembic]\nsqlalchemy.url = a\n  b\n");
	ok(!load() && err.line == 3, "nor a continued value: %s", err.message);
}

static void test_masks(void)
{
	static const char *const cases[][2] = {
	    {"postgresql://h/d", "postgresql://h/d"},
	    {"postgresql://u@h:5432/d", "postgresql://u@h:5432/d"},
	    {"postgresql://u:p@h:5432/d", "postgresql://u:***@h:5432/d"},
	    {"postgresql+asyncpg://u:p@a:1,b:2/d", "postgresql+asyncpg://u:***@a:1,b:2/d"},
	    {"postgresql://u:@h/d", "postgresql://u:***@h/d"},
	    {"postgresql://u:p@s:/?#@h/d", "postgresql://u:***@h/d"},
	    {"u:p@h/d", "u:***@h/d"},
	    {"postgresql://h/d?user=u&password=p&ssl=1",
		"postgresql://h/d?user=u&password=***&ssl=1"},
	    {"postgresql://h/d?PASSWORD=p&sslpassword=q",
		"postgresql://h/d?PASSWORD=***&sslpassword=***"},
	    {"host=h password=p user=u", "host=h password=*** user=u"},
	    {"host=h password = 'a b\\' c' user=u", "host=h password =*** user=u"},
	    {"password=a\\ b user=u", "password=*** user=u"},
	    {"password='unterminated user=u", "password=***"},
	    {"password=a\\", "password=***"},
	    {"password=", "password=***"},
	    {"password=a:b@c dbname=d", "password=*** dbname=d"},
	    {"passfile=/x user=password", "passfile=/x user=password"},
	    {"=", "="},
	    {"", ""},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		is(settings_mask(&arena, cases[i][0]), cases[i][1], "<%s> is masked", cases[i][0]);
	begin();
	setenv("DATABASE_URL", "postgresql://u:p@h/d", 1);
	setenv("MIGRATE_BOOT_TARGET", "a:b@c", 1);
	load();
	is(config_shown(&arena, config, SETTING_URL), "postgresql://u:***@h/d",
	    "a url is shown masked");
	is(config_shown(&arena, config, SETTING_BOOT_TARGET), "a:b@c",
	    "what is no secret as it is");
	is(config_shown(&arena, config, SETTING_BACKUP_PG_DUMP), NULL, "nothing as NULL");
}

int main(void)
{
	char directory[] = "/tmp/migrate-config-XXXXXX";

	if (mkdtemp(directory) == NULL || chdir(directory) != 0 || mkdir("migrations", 0777) != 0)
		perror(directory), exit(1);
	test_defaults();
	test_names();
	test_order();
	test_secret_files();
	test_types();
	test_malformed();
	test_well_formed();
	test_long_lines();
	test_places();
	test_references();
	test_url_references();
	test_alembic();
	test_masks();
	begin();
	arena_free(&arena);
	rmdir("migrations");
	if (chdir("/") != 0 || rmdir(directory) != 0)
		perror(directory);
	return tap_done();
}
