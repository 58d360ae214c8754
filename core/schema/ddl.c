#include "core/schema/ddl.h"

#include <string.h>

#include "core/base/failpoint.h"
#include "core/schema/copy.h"
#include "core/schema/ddl_warn.h"
#include "core/schema/describe.h"
#include "core/schema/kind.h"
#include "core/schema/kind_convert.h"
#include "core/schema/position.h"
#include "core/schema/replace.h"
#include "core/schema/template.h"

struct writer {
	struct arena *arena;
	const struct changes *changes;
	const struct ddl_style *style;
	struct text out;
	struct positions positions;
	bool bodies; /* a function was written */
	const struct object *unwritten; /* the first of which a value is missing */
};

/* One or several, separated by ";\n"; "" is none. */
static void add_statement(struct writer *writer, const char *sql)
{
	if (*sql == '\0' || failpoint_leaves_out(sql))
		return;
	text_add(&writer->out, sql);
	text_add(&writer->out, ";\n");
}

static void add_template(struct writer *writer, const char *template, const struct frame *frame)
{
	struct text sql = {.arena = writer->arena};

	if (!template_write(&sql, template, frame) && writer->unwritten == NULL)
		writer->unwritten = frame->new;
	add_statement(writer, text_string(&sql));
}

static void warn(struct writer *writer, const char *kind, const char *what)
{
	if (what != NULL)
		text_printf(&writer->out, "-- %s: %s\n", kind, what);
}

/* The lines of `value` that `other` has not. */
static void add_items(struct writer *writer, const char *template, const struct frame *frame,
    const char *value, const char *other)
{
	struct names items = names_split(writer->arena, value != NULL ? value : "", "\n");
	struct names others = names_split(writer->arena, other != NULL ? other : "", "\n");

	for (size_t i = 0; i < items.count; i++) {
		struct frame each = *frame;

		each.item = items.items[i];
		if (!names_has(&others, items.items[i]))
			add_template(writer, template, &each);
	}
}

static void apply_rule(struct writer *writer, const struct rule *rule, const struct frame *frame)
{
	const char *old = frame->old != NULL ? object_get(frame->old, rule->attribute) : NULL;
	const char *new = object_get(frame->new, rule->attribute);

	if (new != NULL && writer->style->online &&kind_sets_online(rule, frame->new)) {
		add_template(writer, rule->online, frame);
	} else if (rule->write != NULL) {
		struct text sql = {.arena = writer->arena};

		rule->write(&sql, frame->old, frame->new);
		add_statement(writer, text_string(&sql));
	} else if ((rule->flags & RULE_LIST) != 0) {
		add_items(writer, rule->reset, frame, old, new);
		add_items(writer, rule->set, frame, new, old);
	} else {
		add_template(writer, new != NULL ? rule->set : rule->reset, frame);
	}
}

static bool goes_too(const struct writer *writer, const struct object *home, bool old)
{
	const struct change *change;

	if (home == NULL)
		return false;
	change = (old ? writer->changes->of_old : writer->changes->of_new)[home->rank];
	return change->action == ACTION_REBUILD || change->old == NULL || change->new == NULL;
}

/* The parts of a step that are created within `home`, each written as its kind has it. */
static const struct object **parts_of(const struct writer *writer, const struct order_step *step,
    const struct object *home, size_t *count)
{
	const struct object **parts
	    = arena_array(writer->arena, step->part_count + 1, sizeof(*parts));

	*count = 0;
	for (size_t i = 0; i < step->part_count; i++)
		if (step->parts[i]->new->home == home)
			parts[(*count)++] = step->parts[i]->new;
	return parts;
}

static const char *folded(
    struct writer *writer, const struct order_step *step, const struct object *object)
{
	const struct kind *kind = object->kind;
	struct text out = {.arena = writer->arena};
	size_t count;
	const struct object **parts;

	if (kind->fold_write == NULL) {
		template_write(
		    &out, kind->fold != NULL ? kind->fold : "", &(struct frame){.new = object});
		return text_string(&out);
	}
	parts = parts_of(writer, step, object, &count);
	kind->fold_write(&out, object, parts, count);
	return text_string(&out);
}

static const char *parts_text(
    struct writer *writer, const struct order_step *step, const struct object *object)
{
	const struct kind *kind = object->kind;
	struct text out = {.arena = writer->arena};
	size_t count;
	const struct object **parts = parts_of(writer, step, object, &count);

	if (kind->open == NULL)
		return "";
	for (size_t i = 0; i < count; i++) {
		const char *part
		    = object_get(parts[i], "_copies") == NULL ? folded(writer, step, parts[i]) : "";

		if (*part != '\0')
			text_printf(
			    &out, "%s%s", out.length == 0 ? kind->open : kind->between, part);
	}
	if (out.length > 0)
		text_add(&out, kind->close);
	else
		template_write(&out, kind->none, &(struct frame){.new = object});
	return text_string(&out);
}

/* What CREATE has no place for: comments, owners, switches. */
static void add_rest(struct writer *writer, const struct change *change)
{
	const struct object *object = change->new;

	for (size_t i = 0; i < object->shape->count; i++) {
		const char *name = object->shape->names[i];
		const struct rule *rule = kind_rule(object->kind, name);

		if (object->values[i] == NULL || rule == NULL || (rule->flags & RULE_AFTER) == 0
		    || ((rule->flags & RULE_GIVEN) != 0 && change->making != MAKING_GIVEN))
			continue;
		apply_rule(writer, rule, &(struct frame){.new = object, .attribute = name});
	}
}

/* A child's column that its parent takes up remains the child's own as well, and no statement makes
 * it a mere copy. */
static void add_merged(const struct writer *writer, const struct object *object, struct names *both)
{
	struct edges users = model_users(writer->changes->new, object);
	struct edges needs = model_needs(writer->changes->new, object);

	for (size_t i = 0; i < users.count; i++)
		if (copy_is_merged(writer->changes, users.items[i]))
			names_add(
			    writer->arena, both, object_shown(writer->arena, users.items[i]->from));
	for (size_t i = 0; i < needs.count; i++)
		if (needs.items[i]->type == EDGE_TIE && needs.items[i]->to->home == object->home
		    && object_get(needs.items[i]->to, "_copies") != NULL)
			names_add(
			    writer->arena, both, object_shown(writer->arena, needs.items[i]->to));
}

static void warn_merged(struct writer *writer, const struct order_step *step)
{
	struct names both = {0};

	add_merged(writer, step->change->new, &both);
	for (size_t i = 0; i < step->part_count; i++)
		if (!goes_too(writer, step->parts[i]->new->home, false))
			add_merged(writer, step->parts[i]->new, &both);
	if (both.count > 0)
		text_printf(&writer->out, "-- inexact: stays when the parent loses it: %s\n",
		    names_join(writer->arena, &both, ", "));
}

static bool same_value(const struct change *change, const char *name)
{
	const char *before = object_get(change->old, name), *after = object_get(change->new, name);

	return before == after || (before != NULL && after != NULL && strcmp(before, after) == 0);
}

static bool refuses_as_before(const struct change *change)
{
	return change->old == NULL || object_get(change->old, "_refuses") == NULL
	       || (change->new != NULL &&same_value(change, "_refuses")
		   && same_value(change, "predicate"));
}

/* Uniqueness or a reference goes. */
static void warn_accepted(struct writer *writer, const struct change *change)
{
	if (!writer->style->down && !refuses_as_before(change))
		warn(writer, "lossy", "rows that were refused are accepted from now on");
}

/* Its values come back with it. */
static bool is_computed(const struct object *object)
{
	return object_get(object, "generated") != NULL && (object->kind->flags & KIND_DATA) != 0;
}

static bool holds_data(const struct object *object)
{
	return (object->kind->flags & KIND_DATA) != 0 && !is_computed(object);
}

/* It is set without blocking anybody, or after what is, which takes the danger away. */
static bool is_set_online(
    const struct writer *writer, const struct change *change, const char *attribute)
{
	const struct kind *kind = change->new->kind;

	if (!writer->style->online || object_get(change->new, attribute) == NULL)
		return false;
	for (size_t i = 0; i < change->attributes.count; i++) {
		const char *name = change->attributes.items[i];
		const struct rule *rule = kind_rule(kind, name);
		const char *along = rule->along != NULL ? rule->along : "";
		struct names names = names_split(writer->arena, along, " ");

		if (object_get(change->new, name) != NULL && kind_sets_online(rule, change->new)
		    && (strcmp(name, attribute) == 0 || names_has(&names, attribute)))
			return true;
	}
	return false;
}

/* Whether the statement that changes the attribute is dangerous. */
static bool is_hazardous(
    const struct writer *writer, const struct change *change, const char *attribute)
{
	const struct rule *rule = kind_rule(change->new->kind, attribute);

	if (rule->harmless != NULL && object_get(change->new, rule->harmless) != NULL)
		return false;
	if (object_get(change->new, attribute) == NULL)
		return (rule->flags & RULE_BOTH) != 0;
	return !is_set_online(writer, change, attribute);
}

/* What counted goes without another in its place, or comes back where that has happened. */
static void warn_position(struct writer *writer, const struct change *change)
{
	bool down = writer->style->down;
	const struct object *gone = down ? change->new : change->old;
	const struct object *other = down ? change->old : change->new;

	if (positions_counts(gone) && !positions_counts(other)
	    && !(down ? positions_follows(&writer->positions, gone)
		      : positions_has(&writer->positions, gone)))
		warn(writer, "lossy", "the sequence's position does not come back");
}

static bool is_online(const struct writer *writer, const struct object *object)
{
	return writer->style->online && object_get(object, "_not_online") == NULL;
}

static bool replaces(const struct writer *writer, const struct change *change)
{
	return writer->style->online && replace_fits(writer->changes, change);
}

static const char *creating(const struct writer *writer, const struct change *change)
{
	const struct kind *kind = change->new->kind;

	switch (change->making) {
	case MAKING_GIVEN: return "";
	case MAKING_ADOPTED: return kind->adopt;
	case MAKING_ALONE: return kind->create;
	case MAKING_OWN: break;
	}
	if (replaces(writer, change))
		return kind->online_replace;
	return kind->online != NULL && is_online(writer, change->new) ? kind->online : kind->create;
}

static void create(struct writer *writer, const struct order_step *step)
{
	const struct object *object = step->change->new;
	bool alone = step->change->making == MAKING_ALONE || object_get(object, "_only") != NULL;
	const struct kind *kind = object->kind;
	const char *template = creating(writer, step->change);
	size_t count, before = writer->out.length, warned;
	const struct object **parts = parts_of(writer, step, object, &count);

	if (writer->style->down && holds_data(object))
		warn(writer, "lossy", "what was in it does not come back");
	if (template == kind->create && !alone && !goes_too(writer, object->home, false))
		ddl_warn_created(&writer->out, writer->changes, object, parts, count);
	if (template == kind->online_replace && template != NULL)
		warn_accepted(writer, step->change);
	if (!goes_too(writer, object->home, false)) {
		warn_position(writer, step->change);
		if (!writer->style->down)
			ddl_warn_created_fails(
			    &writer->out, writer->changes, step->change, parts, count);
	}
	warn_merged(writer, step);
	writer->bodies = writer->bodies || object_get(object, "_body") != NULL;
	warned = writer->out.length;
	add_template(writer, template,
	    &(struct frame){.new = object,
		.old = step->change->old,
		.only = alone,
		.parts = parts_text(writer, step, object),
		.self = folded(writer, step, object)});
	add_rest(writer, step->change);
	for (size_t i = 0; i < step->part_count; i++)
		add_rest(writer, step->parts[i]);
	if (writer->out.length == warned)
		writer->out.length = before; /* nothing to be warned of */
}

static void drop(struct writer *writer, const struct order_step *step)
{
	const struct object *object = step->change->old;
	bool retired = step->change->action == ACTION_REBUILD && object->kind->retire != NULL;
	struct object gone = *object;
	size_t before = writer->out.length, warned;

	if (replaces(writer, step->change))
		return;
	if (!retired && !goes_too(writer, object->home, true)) {
		if (!is_computed(object))
			warn(writer, "lossy", object->kind->drop_loses);
		if (object->kind->online_drop == NULL || !is_online(writer, object))
			warn(writer, "hazard", object->kind->drop_hazard);
		warn_position(writer, step->change);
		warn_accepted(writer, step->change);
		if ((object->kind->flags & KIND_DATA) != 0 && step->change->new == NULL)
			ddl_warn_bodies(&writer->out, writer->changes, object);
	}
	if (retired)
		gone.identity = object_get(object, "_retired");
	warned = writer->out.length;
	add_template(writer,
	    object->kind->online_drop != NULL && is_online(writer, object)
		? object->kind->online_drop
		: object->kind->drop,
	    &(struct frame){.new = &gone, .old = object, .only = step->only});
	if (writer->out.length == warned)
		writer->out.length = before; /* nothing to be warned of */
}

/* Whether an attribute before it has written the same statement. */
static bool is_written(const struct change *change, size_t at)
{
	const struct kind *kind = change->new->kind;
	const struct rule *rule = kind_rule(kind, change->attributes.items[at]);

	while (rule->write != NULL && at-- > 0)
		if (kind_rule(kind, change->attributes.items[at])->write == rule->write)
			return true;
	return false;
}

static void alter_attributes(struct writer *writer, const struct change *change, bool first)
{
	const struct kind *kind = change->new->kind;
	struct frame frame = {.old = change->old, .new = change->new};

	for (size_t i = 0; i < change->attributes.count; i++) {
		const char *name = change->attributes.items[i];
		const struct rule *rule = kind_rule(kind, name);
		bool leads
		    = (rule->flags & RULE_FIRST) != 0 && object_get(change->new, name) != NULL;
		size_t before = writer->out.length, warned;

		if (leads != first || is_written(change, i))
			continue;
		frame.attribute = name;
		if (!is_set_online(writer, change, name))
			ddl_warn_altered(&writer->out, writer->changes, change, name,
			    is_hazardous(writer, change, name));
		if (!writer->style->down)
			ddl_warn_altered_fails(&writer->out, writer->changes, change, name);
		if (strcmp(name, "identity_kind") == 0)
			warn_position(writer, change);
		if (strcmp(name, "type") == 0 && (kind->flags & KIND_CONVERTS) != 0)
			kind_convert_warn(
			    &writer->out, change->old, change->new, writer->style->down);
		writer->bodies = writer->bodies || object_get(change->new, "_body") != NULL;
		warned = writer->out.length;
		apply_rule(writer, rule, &frame);
		if (writer->out.length == warned)
			writer->out.length = before; /* nothing to be warned of */
	}
}

static void alter(struct writer *writer, const struct change *change)
{
	if (change->renamed)
		add_template(writer, change->new->kind->rename,
		    &(struct frame){.old = change->old, .new = change->new});
	alter_attributes(writer, change, true);
	alter_attributes(writer, change, false);
}

static void add_step(struct writer *writer, const struct order_step *step)
{
	size_t before = writer->out.length;

	if (writer->style->online && replace_takes_over(writer->changes, step->change))
		return;
	if (before > 0)
		text_add(&writer->out, "\n");
	switch (step->type) {
	case STEP_CREATE: create(writer, step); break;
	case STEP_DROP: drop(writer, step); break;
	case STEP_ALTER: alter(writer, step->change); break;
	case STEP_RETIRE:
		warn(writer, "hazard", step->change->old->kind->retire_hazard);
		add_template(writer, step->change->old->kind->retire,
		    &(struct frame){.old = step->change->old, .new = step->change->old});
		break;
	}
	if (writer->out.length == before + (before > 0))
		writer->out.length = before;
}

bool ddl_write(struct arena *arena, const struct changes *changes, const struct ddl_style *style,
    const char **sql, struct error *err)
{
	struct writer writer = {.arena = arena, .changes = changes, .style = style};
	struct order order;

	writer.out.arena = arena;
	if (!order_changes(arena, changes, &order, err))
		return false;
	writer.positions = positions_find(arena, changes);
	positions_save(&writer.out, &writer.positions, style->online);
	for (size_t i = 0; i < order.count; i++)
		add_step(&writer, &order.steps[i]);
	positions_restore(&writer.out, &writer.positions);
	if (writer.unwritten != NULL) {
		error_set(err, STATUS_FAILED, "no statement can be written for %s %s",
		    describe_kind(writer.unwritten), object_shown(arena, writer.unwritten));
		return error_hint(err, "This is a fault of migrate: report it with both schemas.");
	}
	if (writer.out.data != NULL)
		writer.out.data[writer.out.length] = '\0';
	*sql = writer.bodies && !style->online ? arena_printf(arena,
		   "-- A function may name what comes later.\n"
		   "SET LOCAL check_function_bodies = off;\n\n%s",
		   text_string(&writer.out))
					       : text_string(&writer.out);
	return true;
}
