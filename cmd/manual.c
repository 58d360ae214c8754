#include "cmd/manual.h"

#include <string.h>

#include "cmd/answer.h"
#include "cmd/backup.md.h"
#include "cmd/boot.md.h"
#include "cmd/options.h"
#include "cmd/roff.h"
#include "core/base/settings.h"
#include "docker/kubernetes.md.h"

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

/* The first paragraph of a section. */
static void opening(struct text *out, const char *string)
{
	roff_add(out, string);
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
	roff_item(out, text_string(&tag), option->help);
}

static void command(struct text *out, const struct command *command)
{
	roff_section(
	    out, ".SS", arena_printf(out->arena, "migrate %s %s", command->name, command->args));
	opening(out, arena_printf(out->arena, "%s.", command->summary));
	paragraphs(out, command->help);
	for (const struct option *each = command->options; each->name != NULL; each++)
		option(out, each);
	for (const struct example *each = command->examples; each->line != NULL; each++)
		roff_item(out, each->line, each->means);
}

static void program_page(struct text *out)
{
	roff_section(out, ".SH", "SYNOPSIS");
	opening(out, "migrate [OPTION…] COMMAND [ARG…]");
	roff_section(out, ".SH", "DESCRIPTION");
	opening(out,
	    "Waits for PostgreSQL, takes a backup and reads it back, applies the pending "
	    "migrations under a lock, and then becomes the application. The everyday commands, "
	    "their words and the version table are Alembic's.");
	roff_section(out, ".SH", "COMMANDS");
	for (const struct command *const *each = commands; *each != NULL; each++)
		command(out, *each);
	roff_section(out, ".SH", "OPTIONS");
	for (const struct option *each = options_global; each->name != NULL; each++)
		option(out, each);
	paragraph(out, "Every setting of migrate.ini(5) is an option too.");
	roff_section(out, ".SH", "EXIT STATUS");
	for (size_t i = 0; i < COUNT(statuses); i++)
		roff_item(out, arena_printf(out->arena, "%d", (int)statuses[i].status),
		    statuses[i].means);
	roff_section(out, ".SH", "ENVIRONMENT");
	opening(out,
	    "DATABASE_URL or libpq's PG* variables say where the database is; migrate.ini(5) names "
	    "the variable of each setting. NO_COLOR turns colours off. MIGRATE_PAGER or PAGER is "
	    "what long answers go through on a terminal.");
	roff_section(out, ".SH", "SEE ALSO");
	opening(out, "migrate.ini(5), migrate-boot(7), migrate-backup(7), migrate-kubernetes(7), "
		     "pg_dump(1), pg_restore(1)");
}

static void setting(struct text *out, enum setting_id id)
{
	const struct setting *setting = &config_settings[id];
	struct arena *arena = out->arena;

	roff_item(out, setting->key, arena_printf(arena, "%s.", setting->help));
	text_add(out, ".br\n");
	roff_add(out, arena_printf(arena, "%s; default: %s. %s, %s.", settings_expected(arena, id),
			  setting->value != NULL ? setting->value : "none",
			  config_variable(arena, id), config_flag(arena, id)));
	text_add(out, "\n");
}

static void settings_page(struct text *out)
{
	roff_section(out, ".SH", "DESCRIPTION");
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
			roff_section(out, ".SH",
			    arena_printf(out->arena, "[%s]", config_settings[id].section));
		setting(out, (enum setting_id)id);
	}
	roff_section(out, ".SH", "ENCRYPTED COPIES");
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
	roff_section(out, ".SH", "SEE ALSO");
	opening(out, "migrate(1)");
}

static const struct page {
	const char *name;
	int section;
	const char *summary;
	void (*write)(struct text *out);
	const char *markdown; /* instead */
} pages[] = {
    {"migrate", 1, "back up and migrate PostgreSQL, then start the application", program_page,
	NULL},
    {"migrate.ini", 5, "settings of migrate(1)", settings_page, NULL},
    {"migrate-boot", 7, "what migrate entrypoint does, and when something fails", NULL,
	md_cmd_boot},
    {"migrate-backup", 7, "backups of migrate(1), and how to restore them", NULL, md_cmd_backup},
    {"migrate-kubernetes", 7, "migrate(1) in Kubernetes", NULL, md_docker_kubernetes},
};

static void print_page(struct text *out, const struct page *page)
{
	text_printf(out, ".TH %s %d \"\" \"migrate %s\" \"migrate\"\n.SH NAME\n%s \\- %s\n",
	    page->name, page->section, MIGRATE_VERSION, page->name, page->summary);
	if (page->write != NULL) {
		page->write(out);
		return;
	}
	roff_section(out, ".SH", "DESCRIPTION");
	roff_markdown(out, page->markdown);
	roff_section(out, ".SH", "SEE ALSO");
	opening(out, "migrate(1), migrate.ini(5)");
}

bool manual_print(struct arena *arena, const char *name, struct error *err)
{
	struct text out = {.arena = arena};
	struct names all = {0};

	for (size_t i = 0; i < COUNT(pages); i++) {
		const char *page = arena_printf(arena, "%s.%d", pages[i].name, pages[i].section);
		names_add(arena, &all, page);
		if (strcmp(page, name) != 0)
			continue;
		print_page(&out, &pages[i]);
		answer_clean(text_string(&out));
		return true;
	}
	error_set(err, STATUS_USAGE, "no manual page '%s'", name);
	return error_hint(err, "There are %s.", names_join(arena, &all, ", "));
}
