/* backup: take, list, verify and prune backups. */
#include <stdlib.h>
#include <string.h>

#include "cmd/answer.h"
#include "cmd/command.h"
#include "core/base/clean.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/stop.h"
#include "core/rehearse/prove.h"
#include "core/run/backup.h"
#include "core/run/remote.h"
#include "core/run/remote_verify.h"

static bool create(struct context *context, struct error *err)
{
	struct manifest manifest;
	struct backup_pending none = {0};

	if (!context_open(context, err)
	    || !backup_take(context->config, &context->database, &none, &manifest, err))
		return false;
	if (context->json)
		answer_clean(manifest_write(context->arena, &manifest));
	else
		answer_line(manifest.archive);
	return true;
}

static const char *revision(struct arena *arena, const struct manifest *manifest)
{
	return manifest->heads.count == 0 ? "<base>" : names_join(arena, &manifest->heads, ",");
}

/* A backup, and where it is. */
struct entry {
	struct manifest manifest;
	bool here, there;
};

static void print_list(struct arena *arena, const struct entry *all, size_t count)
{
	static const char *const places[2][2] = {{"", "there"}, {"here", "both"}};

	for (size_t i = 0; i < count; i++) {
		const struct manifest *one = &all[i].manifest;

		const char *line = arena_printf(arena, "%s  %.19s  %9s  %s  %s %.19s  %s%s%s",
		    one->id, one->created, text_size(arena, one->size), revision(arena, one),
		    one->level, one->verified, places[all[i].here][all[i].there],
		    one->options != NULL ? "  a part: " : "",
		    one->options != NULL ? one->options : "");

		answer_line(clean(arena, line, "?"));
	}
}

static void print_json(struct arena *arena, const struct entry *all, size_t count)
{
	struct text out = {.arena = arena};

	for (size_t i = 0; i < count; i++) {
		const char *one = manifest_write(arena, &all[i].manifest);

		text_add(&out, i > 0 ? "," : "");
		text_add_bytes(&out, one, strlen(one) - strlen("\n"));
	}
	answer_json(arena_printf(arena, "[%s]", text_string(&out)));
}

static bool has(const struct manifest *all, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].id, id) == 0)
			return true;
	return false;
}

static struct entry *merge(struct arena *arena, const struct manifest *here, size_t here_count,
    const struct manifest *there, size_t there_count, size_t *count)
{
	struct manifest *all = arena_array(arena, here_count + there_count + 1, sizeof(*all));
	struct entry *entries = arena_array(arena, here_count + there_count + 1, sizeof(*entries));
	size_t found = here_count;

	memcpy(all, here, here_count * sizeof(*all));
	for (size_t i = 0; i < there_count; i++)
		if (!has(here, here_count, there[i].id))
			all[found++] = there[i];
	manifest_sort(all, found);
	for (size_t i = 0; i < found; i++)
		entries[i] = (struct entry){
		    .manifest = all[i],
		    .here = has(here, here_count, all[i].id),
		    .there = has(there, there_count, all[i].id),
		};
	*count = found;
	return entries;
}

static bool list(struct context *context, struct error *err)
{
	const char *directory = config_string(context->config, SETTING_BACKUP_DIRECTORY);
	struct manifest *here, *there = NULL;
	size_t here_count, there_count = 0, count;
	struct entry *all;

	if (!manifest_list(context->arena, directory, &here, &here_count, err)) {
		err->status = STATUS_BACKUP;
		return false;
	}
	if (remote_reads(context->config)
	    && !remote_list(context->arena, context->config, &there, &there_count, err))
		return false;
	all = merge(context->arena, here, here_count, there, there_count, &count);
	(context->json ? print_json : print_list)(context->arena, all, count);
	return true;
}

/* Of those of its database, which are sorted. */
static bool is_newest(const struct manifest *all, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (manifest_same_database(&all[i], &all[index]))
			return false;
	return true;
}

/* The newest of each database, if they are to be restored; otherwise every one. None is a failure:
 * the volume may not be mounted. */
MUST_CHECK static bool all_paths(struct context *context, struct names *paths, struct error *err)
{
	const char *directory = config_string(context->config, SETTING_BACKUP_DIRECTORY);
	struct manifest *all;
	size_t count;

	if (!backup_archives(context->arena, context->config, paths, err))
		return false;
	if (paths->count == 0) {
		error_set(err, STATUS_BACKUP, "no backup found in %s", directory);
		return error_hint(err, "If it is a volume, check that it is mounted. To take a "
				       "backup: migrate backup");
	}
	if (!context_has(context, "restore"))
		return true;
	if (!manifest_list(context->arena, directory, &all, &count, err)) {
		err->status = STATUS_BACKUP;
		return false;
	}
	*paths = (struct names){0};
	for (size_t i = 0; i < count; i++) {
		if (!is_newest(all, i))
			continue;
		if (!backup_expect_newest(context->arena, context->config, &all[i], err))
			return false;
		names_add(context->arena, paths, all[i].archive);
	}
	return paths->count > 0
	       || error_set(err, STATUS_BACKUP, "no backup in %s can be restored", directory);
}

/* The paths of the named archives, or of all. */
MUST_CHECK static bool chosen(struct context *context, struct names *paths, struct error *err)
{
	*paths = (struct names){0};
	if (context->arg_count == 1)
		return all_paths(context, paths, err);
	for (size_t i = 1; i < context->arg_count; i++) {
		struct manifest manifest;
		const char *name = context->args[i];

		/* A path is taken as it is: its manifest may be what is broken. */
		if (strchr(name, '/') != NULL)
			names_add(context->arena, paths, name);
		else if (!backup_find(context->arena, context->config, name, &manifest, err))
			return false;
		else
			names_add(context->arena, paths, manifest.archive);
	}
	return true;
}

static void tell_copy(const struct remote_verified *verified)
{
	struct arena scratch = {0};

	answer(
	    "%s: %s, %s\n", verified->place, text_size(&scratch, verified->size), verified->level);
	arena_free(&scratch);
}

MUST_CHECK static bool verify_copies(struct context *context, struct error *err)
{
	struct names ids = {0};

	for (size_t i = 1; i < context->arg_count; i++)
		names_add(context->arena, &ids, context->args[i]);
	return remote_verify(context->arena, context->config, &ids, tell_copy, err);
}

static bool verify(struct context *context, struct error *err)
{
	struct arena scratch = {0};
	struct names paths;
	size_t broken = 0;

	if (context_has(context, "remote"))
		return verify_copies(context, err);
	if (!chosen(context, &paths, err))
		return false;
	for (size_t i = 0; i < paths.count && stop_signal() == 0; i++) {
		struct manifest manifest;
		struct error why = {0};

		if (backup_verify(&scratch, context->config, paths.items[i], &manifest, &why)
		    && (!context_has(context, "restore")
			|| prove_run(&scratch, context->config, &manifest, &why))) {
			answer("%s: %s, %s\n", paths.items[i], text_size(&scratch, manifest.size),
			    manifest.level);
		} else if (stop_signal() == 0 && why.status != STATUS_BACKUP) {
			*err = why;
			return false; /* it says nothing of the backup */
		} else if (stop_signal() == 0) {
			log_failure(&why);
			broken++;
		}
		arena_reset(&scratch);
	}
	arena_free(&scratch);
	if (stop_asked(err) || broken == 0)
		return stop_signal() == 0;
	error_set(err, STATUS_BACKUP, "%zu of %zu backups cannot be trusted", broken, paths.count);
	return error_hint(err, "Take another one: migrate backup");
}

static bool prune(struct context *context, struct error *err)
{
	return context_open(context, err)
	       && backup_prune_checked(context->config, &context->database, err)
	       && !stop_asked(err);
}

static const struct verb {
	const char *name;
	bool (*run)(struct context *context, struct error *err);
	bool takes_names;
} verbs[] = {
    {"create", create, false},
    {"list", list, false},
    {"verify", verify, true},
    {"prune", prune, false},
};

static bool run(struct context *context, struct error *err)
{
	const char *name = context->arg_count > 0 ? context->args[0] : verbs[0].name, *near;
	const char *names[COUNT(verbs)];

	for (size_t i = 0; i < COUNT(verbs); i++) {
		names[i] = verbs[i].name;
		if (strcmp(verbs[i].name, name) != 0)
			continue;
		if (context_has(context, "remote") && verbs[i].run != verify) {
			error_set(err, STATUS_USAGE, "backup %s does not take --remote", name);
			return error_hint(err, "Usage: migrate backup verify --remote [ID…]");
		}
		if (context->arg_count <= 1 || verbs[i].takes_names)
			return verbs[i].run(context, err);
		error_set(err, STATUS_USAGE, "backup %s: too many arguments", name);
		return error_hint(err, "Usage: migrate backup %s", name);
	}
	near = text_nearest(name, names, COUNT(names));
	error_set(err, STATUS_USAGE, "backup: there is nothing called '%s'", name);
	return error_hint(err, "Try: migrate backup %s", near != NULL ? near : verbs[0].name);
}

const struct command cmd_backup = {
    .name = "backup",
    .args = "[create] | list | verify [--restore] [--remote] [ID|PATH…] | prune",
    .summary = "create, list, verify or prune backups",
    .help = "create: takes a backup with pg_dump, as [backup] says, and prints its path. The "
            "archive is read back to its end before it gets its name; its manifest, the .json "
            "beside it, describes it.\n"
            "list: shows the backups in [backup] directory and those at [backup] upload, newest "
            "first; needs no database.\n"
            "verify: compares size and hash with the manifest and reads each archive to its end "
            "with pg_restore: the backups that are named, or all. With --restore it also restores "
            "them into a scratch database, which it then drops: the backups that are named, or the "
            "newest of each database. Exits with 6 if a backup fails, if a manifest's archive is "
            "missing, or if it finds no backup at all. With --remote it checks the copies at "
            "[backup] upload instead: it fetches, decrypts, compares and reads them one at a "
            "time, for which [backup] directory needs room; it then also exits with 6 if it finds "
            "no copy, or if the newest one that was sent is missing.\n"
            "prune: removes this database's backups that the [backup] keep_* settings do not keep. "
            "Backups of another database or server stay; `migrate status` counts them.",
    .examples = {
        {"migrate backup",
            "take one, print its path"},
        {"migrate backup list",
            "those that are there"},
        {"migrate backup verify --restore",
            "check that the newest backup can be restored"},
    },
    .needs = NEED_CONFIG,
    .options = {
        {"restore", 0, NULL, "verify: also restore into a scratch database and compare"},
        {"remote", 0, NULL, "verify: check the uploaded copies instead of the local backups"},
    },
    .max_args = 10000,
    .run = run,
};
