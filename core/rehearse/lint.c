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
static bool follows(const struct statement_effects *seen, const struct effect *effect)
{
	for (size_t i = 0; effect->partition && i < seen->count; i++)
		if (seen->effects[i].type == effect->type && seen->effects[i].kind == 'p')
			return true;
	return false;
}

static struct finding finding_of(const struct rule *rule, const struct statement_effects *seen)
{
	return (struct finding){
	    .rule = rule,
	    .revision = seen->revision,
	    .direction = seen->direction,
	    .line = seen->line,
	    .last = seen->last,
	    .statement = seen->sql,
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
    struct findings *findings, const struct statement_effects *seen, const struct effect *effect)
{
	for (size_t i = 0; i < lint_rule_count; i++) {
		const struct rule *rule = &lint_rules[i];
		struct finding finding = finding_of(rule, seen);

		if (rule->applies == NULL || rule->type != effect->type || follows(seen, effect)
		    || !rule->applies(seen, effect))
			continue;
		finding.relation = effect->relation;
		add_about(findings, finding, subject(findings->arena, effect));
	}
}

static bool says(const struct rule *rule, const struct statement_effects *seen)
{
	return rule->pattern != NULL ? token_match(seen->sql, strlen(seen->sql), rule->pattern)
				     : rule->beyond && seen->left_out;
}

static void see_words(struct findings *findings, const struct statement_effects *seen)
{
	for (size_t i = 0; i < lint_rule_count; i++) {
		const struct rule *rule = &lint_rules[i];
		struct finding finding = finding_of(rule, seen);
		const char *left = rule->leaves != NULL ? rule->leaves(seen) : NULL;

		if (left != NULL)
			add_about(findings, finding, left);
		else if (says(rule, seen))
			add(findings, &finding);
	}
}

static void see_down(struct findings *findings, const struct roundtrip *roundtrip)
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
	const struct revision *revision = &roundtrip->node->revision;
	struct finding finding = {.revision = revision, .direction = DIRECTION_DOWN};

	if (roundtrip->back == BACK_NOT_TRIED || roundtrip->back == BACK_RESTORES)
		return;
	finding.rule = rule_named(names[roundtrip->back]);
	finding.line = finding.last = revision->down.present ? revision->down.line : 1;
	if (roundtrip->back == BACK_MISSING) {
		finding.direction = DIRECTION_UP;
		finding.message = "has no down part";
	} else if (roundtrip->back == BACK_DIFFERS || roundtrip->why == NULL) {
		finding.message = arena_printf(findings->arena, "%s: %s",
		    roundtrip->back == BACK_DIFFERS ? "the down part leaves the schema changed"
						    : "applying it again leaves a different schema",
		    names_join(findings->arena, &roundtrip->differences, "; "));
	} else {
		finding.message = arena_printf(
		    findings->arena, "%s: %s", failed[roundtrip->back], roundtrip->why->message);
	}
	if ((roundtrip->back == BACK_FAILS || roundtrip->back == BACK_FAILS_AFTER)
	    && roundtrip->why->line > 0)
		finding.line = finding.last = roundtrip->why->line;
	add(findings, &finding);
}

/* Every INSERT that asks for the key fails. */
static void see_taken(struct findings *findings, const struct roundtrip *roundtrip)
{
	struct finding finding
	    = {.revision = &roundtrip->node->revision, .rule = rule_named("taken-key")};

	for (size_t i = 0; i < roundtrip->taken.count; i++) {
		finding.line = finding.last = finding.revision->up.line;
		finding.message = arena_printf(
		    findings->arena, "leaves the next key of %s taken", roundtrip->taken.items[i]);
		add(findings, &finding);
	}
}

static void see_failure(struct findings *findings, const struct roundtrip *roundtrip)
{
	const struct error *failure = roundtrip->failure;
	struct finding finding = {.revision = &roundtrip->node->revision};

	if (failure == NULL || strcmp(failure->sqlstate, "55P04") != 0)
		return;
	finding.rule = rule_named("enum-value-too-early");
	finding.line = finding.last = failure->line;
	finding.statement = failure->statement;
	finding.message = failure->message;
	add(findings, &finding);
}

MUST_CHECK static bool set_ignored(
    struct findings *findings, const struct roundtrip *roundtrip, size_t first, struct error *err)
{
	struct ignores ignores = {0};

	if (!ignores_read(findings->arena, &roundtrip->node->revision, &ignores, err))
		return false;
	for (size_t i = first; i < findings->count; i++)
		findings->items[i].ignored = ignores_reason(&ignores, &findings->items[i]);
	return true;
}

bool lint_find(const struct roundtrips *roundtrips, struct findings *findings, struct error *err)
{
	for (size_t i = 0; i < roundtrips->count; i++) {
		const struct roundtrip *roundtrip = &roundtrips->items[i];
		size_t first = findings->count;

		for (size_t j = 0; j < roundtrip->count; j++) {
			const struct statement_effects *seen
			    = &roundtrips->effects.sights[roundtrip->first + j];

			for (size_t k = 0; k < seen->count; k++)
				see_effect(findings, seen, &seen->effects[k]);
			see_words(findings, seen);
		}
		see_failure(findings, roundtrip);
		see_taken(findings, roundtrip);
		see_down(findings, roundtrip);
		if (!set_ignored(findings, roundtrip, first, err))
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
