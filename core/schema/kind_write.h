/* kind_write: what templates cannot say, for the rows of kinds.c: whether a change can be made in
 * place, and its statements, which are separated by ";\n". */
#ifndef CORE_SCHEMA_KIND_WRITE_H
#define CORE_SCHEMA_KIND_WRITE_H

#include "core/schema/kind.h"

/* The value goes back to its default. */
bool is_reset(const struct object *old, const struct object *new);
void nothing_write(struct text *out, const struct object *old, const struct object *new);

/* Labels were only added. */
bool enum_fits(const struct object *old, const struct object *new);
void enum_write(struct text *out, const struct object *old, const struct object *new);

/* Attributes were only dropped, and added at the end; or tables hold values of the type, in which case the
 * order is let be. */
bool composite_fits(const struct object *old, const struct object *new);

/* Columns were only added at the end, which CREATE OR REPLACE VIEW takes. */
bool view_columns_fit(const struct object *old, const struct object *new);

/* `old` may be NULL: the server has just named it. */
void partition_index_name_write(
    struct text *out, const struct object *old, const struct object *new);

/* A partition is detached first. */
void table_of_write(struct text *out, const struct object *old, const struct object *new);
void table_partition_write(struct text *out, const struct object *old, const struct object *new);

/* A column as CREATE TABLE and ADD COLUMN have it; `parts`: what is folded into it. */
void column_fold(struct text *out, const struct object *column, const struct object *const *parts,
    size_t count);
/* What stands behind ON in CREATE INDEX. */
void index_fold(struct text *out, const struct object *index, const struct object *const *parts,
    size_t count);

/* The server changes none of a partitioned table. */
bool index_options_fit(const struct object *old, const struct object *new);

bool column_generated_fits(const struct object *old, const struct object *new);
void column_type_write(struct text *out, const struct object *old, const struct object *new);
const char *column_type_refused(
    struct arena *arena, const struct object *old, const struct object *new);
void column_collation_write(struct text *out, const struct object *old, const struct object *new);
void column_identity_write(struct text *out, const struct object *old, const struct object *new);

const char *extension_schema_refused(
    struct arena *arena, const struct object *old, const struct object *new);
/* The server refuses another type while something holds values of the composite one. */
const char *attribute_type_refused(
    struct arena *arena, const struct object *old, const struct object *new);

#endif
