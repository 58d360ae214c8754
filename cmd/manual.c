#include "cmd/manual.h"

#include <string.h>

#include "cmd/answer.h"
#include "cmd/options.h"
#include "core/base/settings.h"

static const struct {
	enum status status;
	const char *means;
} statuses[] = {
    {STATUS_OK, "done"},
    {STATUS_FAILED, "failed, unspecific"},
    {STATUS_USAGE, "usage"},
    {STATUS_CONFIG, "configuration or migration files"},
    {STATUS_UNREACHABLE, "database not reachable in time, or lost"},
    {STATUS_LOCKED, "another migrator holds the lock"},
    {STATUS_BACKUP, "backup failed; nothing was applied"},
    {STATUS_ROLLED_BACK, "a migration failed and was rolled back"},
    {STATUS_HALF_DONE, "a migration without transaction failed half-way"},
    {STATUS_PENDING, "something is pending"},
    {STATUS_AHEAD, "the database is at a revision that no file has"},
    {STATUS_EDITED, "an applied migration was edited"},
    {STATUS_NOT_EXECUTABLE, "the application cannot be executed"},
    {STATUS_NOT_FOUND, "the application was not found"},
    {STATUS_TERMINATED, "ended by SIGTERM; 128 and its number for other signals"},
};

/* groff_man(7): a line must not begin with a control character, and a hyphen is not a minus sign.
 */
static void add(struct text *out, const char *string)
{
	if (*string == '.' || *string == '\'')
		text_add(out, "\\&");
	for (; *string != '\0'; string++) {
		if (*string == '\\')
			text_add(out, "\\e");
		else if (*string == '-')
			text_add(out, "\\-");
		else if (*string == '\n' && (string[1] == '.' || string[1] == '\''))
			text_add(out, "\n\\&");
		else
			text_add_bytes(out, string, 1);
	}
}

static void section(struct text *out, const char *macro, const char *title)
{
	text_printf(out, "%s \"", macro);
	add(out, title);
	text_add(out, "\"\n");
}

/* A tagged paragraph. */
static void item(struct text *out, const char *tag, const char *string)
{
	text_add(out, ".TP\n\\fB");
	add(out, tag);
	text_add(out, "\\fR\n");
	add(out, string);
	text_add(out, "\n");
}

/* The first paragraph of a section. */
static void opening(struct text *out, const char *string)
{
	add(out, string);
	text_add(out, "\n");
}

static void paragraph(struct text *out, const char *string)
{
	text_add(out, ".PP\n");
	opening(out, string);
}

/* Each line is a paragraph; what is indented is verbatim. */
static void paragraphs(struct text *out, const char *string)
{
	const struct names lines = text_lines(out->arena, string);

	for (size_t i = 0; i < lines.count; i++) {
		if (lines.items[i][0] == ' ')
			text_add(out, ".nf\n");
		if (lines.items[i][0] != '\0')
			paragraph(out, lines.items[i]);
		if (lines.items[i][0] == ' ')
			text_add(out, ".fi\n");
	}
}

static void option(struct text *out, const struct option *option)
{
	struct text tag = {.arena = out->arena};

	if (option->help == NULL)
		return;
	if (option->letter != '\0')
		text_printf(&tag, "-%c, ", option->letter);
	text_printf(&tag, "--%s%s%s", option->name, option->arg != NULL ? " " : "",
	    option->arg != NULL ? option->arg : "");
	item(out, text_string(&tag), option->help);
}

static void command(struct text *out, const struct command *command)
{
	section(
	    out, ".SS", arena_printf(out->arena, "migrate %s %s", command->name, command->args));
	opening(out, arena_printf(out->arena, "%s.", command->summary));
	paragraphs(out, command->help);
	for (const struct option *each = command->options; each->name != NULL; each++)
		option(out, each);
	for (const struct example *each = command->examples; each->line != NULL; each++)
		item(out, each->line, each->means);
}

static void heading(struct text *out, const char *name, int number, const char *summary)
{
	text_printf(out, ".TH %s %d \"\" \"migrate %s\" \"migrate\"\n.SH NAME\n%s \\- %s\n", name,
	    number, MIGRATE_VERSION, name, summary);
}

static void program_page(struct text *out)
{
	heading(out, "migrate", 1, "back up and migrate PostgreSQL, then start the application");
	section(out, ".SH", "SYNOPSIS");
	opening(out, "migrate [OPTION…] COMMAND [ARG…]");
	section(out, ".SH", "DESCRIPTION");
	opening(out,
	    "Waits for PostgreSQL, takes a backup that has been read back, applies the pending "
	    "migrations under a lock, and then becomes the application. The everyday commands, "
	    "their words and the version table are Alembic's.");
	section(out, ".SH", "COMMANDS");
	for (const struct command *const *each = commands; *each != NULL; each++)
		command(out, *each);
	section(out, ".SH", "OPTIONS");
	for (const struct option *each = options_global; each->name != NULL; each++)
		option(out, each);
	paragraph(out, "Every setting of migrate.ini(5) is an option too.");
	section(out, ".SH", "EXIT STATUS");
	for (size_t i = 0; i < COUNT(statuses); i++)
		item(out, arena_printf(out->arena, "%d", (int)statuses[i].status),
		    statuses[i].means);
	section(out, ".SH", "ENVIRONMENT");
	opening(out,
	    "DATABASE_URL or libpq's PG* variables say where the database is; migrate.ini(5) names "
	    "the variable of each setting. NO_COLOR turns colours off. MIGRATE_PAGER or PAGER is "
	    "what long answers go through on a terminal.");
	section(out, ".SH", "SEE ALSO");
	opening(out, "migrate.ini(5), pg_dump(1), pg_restore(1)");
}

static void setting(struct text *out, enum setting_id id)
{
	const struct setting *setting = &config_settings[id];
	struct arena *arena = out->arena;

	item(out, setting->key, arena_printf(arena, "%s.", setting->help));
	text_add(out, ".br\n");
	add(out, arena_printf(arena, "%s; default: %s. %s, %s.", settings_expected(arena, id),
		     setting->value != NULL ? setting->value : "none", config_variable(arena, id),
		     config_flag(arena, id)));
	text_add(out, "\n");
}

static void settings_page(struct text *out)
{
	heading(out, "migrate.ini", 5, "settings of migrate(1)");
	section(out, ".SH", "DESCRIPTION");
	opening(out,
	    "The file is --config, $MIGRATE_CONFIG, migrate.ini, migrations/migrate.ini or "
	    "/etc/migrate/migrate.ini, the first that is there. It has sections, lines of the form "
	    "key = value, and comments, which begin with a semicolon at the beginning of a line or "
	    "after a space. ${NAME} and ${NAME:-default} in a value are taken from the "
	    "environment. Paths are relative to the file.");
	paragraph(out,
	    "A flag counts more than the environment, that more than the file. Each variable has "
	    "a form that ends in _FILE and names a file with the value. `migrate config` shows "
	    "each value and where it comes from.");
	for (int id = 0; id < SETTING_COUNT; id++) {
		if (id == 0 || config_settings[id].section != config_settings[id - 1].section)
			section(out, ".SH",
			    arena_printf(out->arena, "[%s]", config_settings[id].section));
		setting(out, (enum setting_id)id);
	}
	section(out, ".SH", "ENCRYPTED COPIES");
	opening(out, "[backup] encrypt is run by a shell. The exit status of a pipe, as in \"zstd "
		     "| age -r age1…\", is that of its last command, and age turns even the "
		     "truncated output of a failed zstd into a valid file. A command with a pipe "
		     "is therefore run with pipefail, by the first of sh, bash and ash that "
		     "supports it. If none does, use a single program, or a script that begins "
		     "with \"set -o pipefail\" in a shell that supports it.");
	paragraph(out,
	    "If [backup] decrypt is set, the output of encrypt is decrypted again and compared "
	    "with the backup before it is sent. If the key must not be on this machine, as with "
	    "age -r, leave decrypt unset: encrypt is then also run on empty input, and its output "
	    "for a backup has to be larger than that. Empty output is never sent.");
	paragraph(out,
	    "Put the key into a file or a variable, as in \"openssl enc -pass "
	    "file:/run/secrets/key\": a key in the command itself is visible to everybody in "
	    "ps(1), although `migrate config` and messages show it as ***.");
	section(out, ".SH", "SEE ALSO");
	opening(out, "migrate(1)");
}

static const struct page {
	const char *name;
	void (*write)(struct text *out);
} pages[] = {
    {"migrate.1", program_page},
    {"migrate.ini.5", settings_page},
};

bool manual_print(struct arena *arena, const char *page, struct error *err)
{
	struct text out = {.arena = arena};

	for (size_t i = 0; i < COUNT(pages); i++) {
		if (strcmp(pages[i].name, page) != 0)
			continue;
		pages[i].write(&out);
		answer_clean(text_string(&out));
		return true;
	}
	error_set(err, STATUS_USAGE, "no manual page '%s'", page);
	return error_hint(err, "There are migrate.1 and migrate.ini.5.");
}
