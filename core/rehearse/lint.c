#include "core/rehearse/lint.h"

#include <string.h>

#include "core/pg/token_match.h"
#include "core/rehearse/lint_ignore.h"

static const struct rule *rule_named(const char *name)
{
	const struct rule *rule = lint_rules;

	while (strcmp(rule->name, name) != 0)
		rule++;
	return rule;
}

static void add(struct findings *findings, const struct finding *finding)
{
	findings->items = arena_grow(findings->arena, findings->items, findings->count,
	    &findings->capacity, sizeof(*findings->items));
	findings->items[findings->count++] = *finding;
}

/* "public.users.email", "public.users -> public.people", "users_email_key on public.users" */
static const char *subject(struct arena *arena, const struct effect *effect)
{
	switch (effect->type) {
	case EFFECT_COLUMN_ADDED:
	case EFFECT_COLUMN_DROPPED:
	case EFFECT_COLUMN_STRICT:
		return arena_printf(arena, "%s.%s", effect->relation, effect->name);
	case EFFECT_COLUMN_RETYPED:
		return arena_printf(
		    arena, "%s.%s, %s", effect->relation, effect->name, effect->detail);
	case EFFECT_COLUMN_RENAMED:
		return arena_printf(
		    arena, "%s.%s to %s", effect->relation, effect->name, effect->detail);
	case EFFECT_RELATION_RENAMED:
		return arena_printf(arena, "%s to %s", effect->relation, effect->detail);
	case EFFECT_CONSTRAINT_ADDED:
	case EFFECT_INDEX_BUILT:
	case EFFECT_INDEX_DROPPED:
	case EFFECT_INDEX_INVALID:
		return arena_printf(arena, "%s on %s", effect->name, effect->relation);
	case EFFECT_LOCK:
	case EFFECT_RELATION_DROPPED:
	case EFFECT_REWRITTEN:
	case EFFECT_SCANNED:
	case EFFECT_WRITTEN:
	case EFFECT_ATTACHED:
	case EFFECT_DETACHED: break;
	}
	return effect->relation;
}

/* A partition goes the way of its table. */
static bool follows(const struct sight *sight, const struct effect *effect)
{
	for (size_t i = 0; effect->partition && i < sight->count; i++)
		if (sight->effects[i].type == effect->type && sight->effects[i].kind == 'p')
			return true;
	return false;
}

static struct finding finding_of(const struct rule *rule, const struct sight *sight)
{
	return (struct finding){
	    .rule = rule,
	    .revision = sight->revision,
	    .direction = sight->direction,
	    .line = sight->line,
	    .last = sight->last,
	    .statement = sight->sql,
	    .message = rule->says,
	};
}

/* `what` in the place of "%s". */
static void add_about(struct findings *findings, struct finding finding, const char *what)
{
	const char *says = finding.rule->says;

	finding.message = arena_printf(findings->arena, "%.*s%s%s", (int)strcspn(says, "%"), says,
	    what, strchr(says, '%') + 2);
	add(findings, &finding);
}

static void see_effect(
    struct findings *findings, const struct sight *sight, const struct effect *effect)
{
	for (size_t i = 0; i < lint_rule_count; i++) {
		const struct rule *rule = &lint_rules[i];
		struct finding finding = finding_of(rule, sight);

		if (rule->applies == NULL || rule->type != effect->type || follows(sight, effect)
		    || !rule->applies(sight, effect))
			continue;
		finding.relation = effect->relation;
		add_about(findings, finding, subject(findings->arena, effect));
	}
}

static bool says(const struct rule *rule, const struct sight *sight)
{
	return rule->pattern != NULL ? token_match(sight->sql, strlen(sight->sql), rule->pattern)
				     : rule->beyond && sight->left_out;
}

static void see_words(struct findings *findings, const struct sight *sight)
{
	for (size_t i = 0; i < lint_rule_count; i++) {
		const struct rule *rule = &lint_rules[i];
		struct finding finding = finding_of(rule, sight);
		const char *left = rule->leaves != NULL ? rule->leaves(sight) : NULL;

		if (left != NULL)
			add_about(findings, finding, left);
		else if (says(rule, sight))
			add(findings, &finding);
	}
}

static void see_down(struct findings *findings, const struct trial *trial)
{
	static const char *const names[] = {
	    [BACK_MISSING] = "no-down",
	    [BACK_FAILS] = "down-fails",
	    [BACK_FAILS_AFTER] = "down-fails",
	    [BACK_DIFFERS] = "down-differs",
	    [BACK_ONCE_ONLY] = "once-only",
	};
	static const char *const failed[] = {
	    [BACK_FAILS] = "the down part fails",
	    [BACK_FAILS_AFTER] = "the down part fails after later revisions have been reverted",
	    [BACK_ONCE_ONLY] = "cannot be applied again",
	};
	const struct revision *revision = &trial->node->revision;
	struct finding finding = {.revision = revision, .direction = DIRECTION_DOWN};

	if (trial->back == BACK_NOT_TRIED || trial->back == BACK_RESTORES)
		return;
	finding.rule = rule_named(names[trial->back]);
	finding.line = finding.last = revision->down.present ? revision->down.line : 1;
	if (trial->back == BACK_MISSING) {
		finding.direction = DIRECTION_UP;
		finding.message = "has no down part";
	} else if (trial->back == BACK_DIFFERS || trial->why == NULL) {
		finding.message = arena_printf(findings->arena, "%s: %s",
		    trial->back == BACK_DIFFERS ? "the down part leaves the schema changed"
						: "applying it again leaves a different schema",
		    names_join(findings->arena, &trial->differences, "; "));
	} else {
		finding.message = arena_printf(
		    findings->arena, "%s: %s", failed[trial->back], trial->why->message);
	}
	if ((trial->back == BACK_FAILS || trial->back == BACK_FAILS_AFTER) && trial->why->line > 0)
		finding.line = finding.last = trial->why->line;
	add(findings, &finding);
}

/* Every INSERT that asks for the key fails. */
static void see_taken(struct findings *findings, const struct trial *trial)
{
	struct finding finding
	    = {.revision = &trial->node->revision, .rule = rule_named("taken-key")};

	for (size_t i = 0; i < trial->taken.count; i++) {
		finding.line = finding.last = finding.revision->up.line;
		finding.message = arena_printf(
		    findings->arena, "leaves the next key of %s taken", trial->taken.items[i]);
		add(findings, &finding);
	}
}

static void see_failure(struct findings *findings, const struct trial *trial)
{
	const struct error *failure = trial->failure;
	struct finding finding = {.revision = &trial->node->revision};

	if (failure == NULL || strcmp(failure->sqlstate, "55P04") != 0)
		return;
	finding.rule = rule_named("enum-value-too-early");
	finding.line = finding.last = failure->line;
	finding.statement = failure->statement;
	finding.message = failure->message;
	add(findings, &finding);
}

MUST_CHECK static bool set_ignored(
    struct findings *findings, const struct trial *trial, size_t first, struct error *err)
{
	struct ignores ignores = {0};

	if (!ignores_read(findings->arena, &trial->node->revision, &ignores, err))
		return false;
	for (size_t i = first; i < findings->count; i++)
		findings->items[i].ignored = ignores_reason(&ignores, &findings->items[i]);
	return true;
}

bool lint_find(const struct trials *trials, struct findings *findings, struct error *err)
{
	for (size_t i = 0; i < trials->count; i++) {
		const struct trial *trial = &trials->items[i];
		size_t first = findings->count;

		for (size_t j = 0; j < trial->count; j++) {
			const struct sight *sight = &trials->lookout.sights[trial->first + j];

			for (size_t k = 0; k < sight->count; k++)
				see_effect(findings, sight, &sight->effects[k]);
			see_words(findings, sight);
		}
		see_failure(findings, trial);
		see_taken(findings, trial);
		see_down(findings, trial);
		if (!set_ignored(findings, trial, first, err))
			return false;
	}
	return true;
}

size_t lint_open(const struct findings *findings)
{
	size_t open = 0;

	for (size_t i = 0; i < findings->count; i++)
		open += findings->items[i].ignored == NULL;
	return open;
}
