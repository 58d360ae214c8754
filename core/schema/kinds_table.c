/* kinds_table: tables and their parts. */
#include "core/schema/catalog_oid.h"
#include "core/schema/danger.h"
#include "core/schema/kind_danger.h"
#include "core/schema/kind_not_null.h"
#include "core/schema/kind_rows.h"
#include "core/schema/kind_sequence.h"
#include "core/schema/kind_write.h"

#include "core/schema/kind_cluster.sql.h"
#include "core/schema/kind_column.sql.h"
#include "core/schema/kind_constraint.sql.h"
#include "core/schema/kind_default.sql.h"
#include "core/schema/kind_foreign_key.sql.h"
#include "core/schema/kind_foreign_table.sql.h"
#include "core/schema/kind_index.sql.h"
#include "core/schema/kind_inheritance.sql.h"
#include "core/schema/kind_partition.sql.h"
#include "core/schema/kind_partition_constraint.sql.h"
#include "core/schema/kind_partition_index.sql.h"
#include "core/schema/kind_replica_identity.sql.h"
#include "core/schema/kind_sequence_owner.sql.h"
#include "core/schema/kind_statistics.sql.h"
#include "core/schema/kind_table.sql.h"
#include "core/schema/partition_tree.sql.h"

#define TABLE "ALTER TABLE ${identity} "
#define TABLE_OF "ALTER TABLE ${_table} "
#define COLUMN "ALTER TABLE ${_table} ALTER COLUMN ${_ident} "
#define COLUMN_ONLY "ALTER TABLE ONLY ${_table} ALTER COLUMN ${_ident} "
#define ONLINE_NOT_NULL(table)                                                                     \
	"[${_by_name}ALTER TABLE " table                                                           \
	" ADD CONSTRAINT ${_not_null} NOT NULL ${_ident}${_no_inherit} NOT VALID;\n"               \
	"ALTER TABLE " table " VALIDATE CONSTRAINT ${_not_null}]"                                  \
	"[${_by_check}ALTER TABLE " table                                                          \
	" ADD CONSTRAINT migrate_not_null CHECK (${_ident} IS NOT NULL) NOT VALID;\n"              \
	"ALTER TABLE " table " VALIDATE CONSTRAINT migrate_not_null;\n"                            \
	"ALTER TABLE " table " ALTER COLUMN ${_ident} SET NOT NULL;\n"                             \
	"ALTER TABLE " table " DROP CONSTRAINT migrate_not_null]"

/* Tables, laid out by hand. */
/* clang-format off */

const struct kind kind_of_table = {
	.name = "table", .sql = sql_schema_kind_table, .class = PG_CLASS,
	.flags = KIND_MODELS | KIND_TOP | KIND_DATA, .on = "TABLE ${identity}",
	.create = "CREATE[ ${persistence}] TABLE ${identity}[ OF ${of_type}]"
		  "[ PARTITION OF ${_partition_of}]${*}[ ${_bound}][ INHERITS (${_inherits})][ PARTITION BY ${partition_by}]"
		  "[ USING ${access_method}][ WITH (${_options})][ TABLESPACE ${tablespace}]",
	.none = "${_none}", .open = " (\n    ", .between = ",\n    ", .close = "\n)",
	.drop = "DROP TABLE ${identity}",
	.drop_loses = "every row of the table is lost",
	.rules = (const struct rule[]){
		{
			.attribute = "persistence",
			.set = TABLE "SET UNLOGGED",
			.reset = TABLE "SET LOGGED",
			.flags = RULE_BOTH,
			.hazard = DANGER_REWRITE,
		},
		{
			.attribute = "of_type",
			.write = table_of_write,
		},
		{
			.attribute = "partition",
			.danger = table_partition_danger,
			.write = table_partition_write,
		},
		{
			.attribute = "options",
			.set = TABLE "SET (${item})",
			.reset = TABLE "RESET (${key})",
			.flags = RULE_LIST,
		},
		{
			.attribute = "tablespace",
			.set = TABLE "SET TABLESPACE ${new}",
			.reset = TABLE "SET TABLESPACE pg_default",
			.flags = RULE_BOTH,
			.hazard = DANGER_REWRITE,
			.harmless = "partition_by",
		},
		{
			.attribute = "access_method",
			.set = TABLE "SET ACCESS METHOD ${new}",
			.reset = TABLE "SET ACCESS METHOD ${_access_method_none}",
			.flags = RULE_BOTH,
			.hazard = DANGER_REWRITE,
			.harmless = "partition_by",
		},
		{
			.attribute = "row_security",
			.set = TABLE "ENABLE ROW LEVEL SECURITY",
			.reset = TABLE "DISABLE ROW LEVEL SECURITY",
			.flags = RULE_AFTER,
		},
		{
			.attribute = "force_row_security",
			.set = TABLE "FORCE ROW LEVEL SECURITY",
			.reset = TABLE "NO FORCE ROW LEVEL SECURITY",
			.flags = RULE_AFTER,
		},
		{
			.attribute = "comment",
			.set = "COMMENT ON TABLE ${identity} IS ${new}",
			.reset = "COMMENT ON TABLE ${identity} IS NULL",
			.flags = RULE_AFTER,
		},
		{0},
	},
};

const struct kind kind_of_foreign_table = {
	.name = "foreign table", .sql = sql_schema_kind_foreign_table, .class = PG_CLASS,
	.some = "pg_class WHERE relkind IN ('f') AND oid >= 16384",
	.flags = KIND_TOP, .on = "FOREIGN TABLE ${identity}",
	.create = "CREATE FOREIGN TABLE ${identity}[ PARTITION OF ${_partition_of}]${*}[ ${partition}]"
		  "[ INHERITS (${_inherits})] SERVER ${server}[ OPTIONS (${_options})]",
	.none = " ()", .open = " (\n    ", .between = ",\n    ", .close = "\n)",
	.drop = "DROP FOREIGN TABLE ${identity}",
	.rules = (const struct rule[]){
		{
			.attribute = "options",
			.set = "ALTER FOREIGN TABLE ${identity} OPTIONS (ADD ${item})",
			.reset = "ALTER FOREIGN TABLE ${identity} OPTIONS (DROP ${key})",
			.flags = RULE_LIST,
		},
		{0},
	},
};

const struct kind kind_of_column = {
	.name = "column", .sql = sql_schema_kind_column, .class = PG_CLASS,
	.flags = KIND_FOLDS | KIND_MODELS | KIND_DATA | KIND_CONVERTS, .on = "COLUMN ${identity}",
	.create = "[ALTER TABLE ${_local_table} ADD COLUMN ${self}]",
	.drop = "[ALTER TABLE ${only}${_local_table} DROP COLUMN ${_ident}]",
	.fold_write = column_fold, .create_dangers = column_create_dangers,
	.drop_loses = "the column's values are lost",
	.rules = (const struct rule[]){
		{
			.attribute = "_once",
			.set = "[ALTER TABLE ${_local_table} ALTER COLUMN ${_ident} DROP DEFAULT]",
			.flags = RULE_AFTER,
		},
		{
			.attribute = "type",
			.flags = RULE_DISTURBS,
			.write = column_type_write,
			.refuses = column_type_refused,
		},
		{
			.attribute = "collation",
			.flags = RULE_DISTURBS,
			.write = column_collation_write,
		},
		{
			.attribute = "generated",
			.set = "[ALTER TABLE ONLY ${_expressed_table} ALTER COLUMN ${_ident} SET EXPRESSION AS (${new})]",
			.reset = "[ALTER TABLE ${_free_table} ALTER COLUMN ${_ident} DROP EXPRESSION]",
			.hazard = DANGER_REWRITE,
			.harmless = "virtual",
			.fits = column_generated_fits,
		},
		{
			.attribute = "child_generated",
			.set = "ALTER TABLE ONLY ${_table} ALTER COLUMN ${_ident} SET EXPRESSION AS (${new})",
			.reset = "[ALTER TABLE ONLY ${_table} ALTER COLUMN ${_ident} SET EXPRESSION AS (${generated})]",
			.flags = RULE_AFTER,
			.hazard = DANGER_REWRITE,
			.harmless = "virtual",
		},
		{
			.attribute = "identity_kind",
			.danger = column_identity_danger,
			.write = column_identity_write,
		},
		{
			.attribute = "identity_sequence",
			.set = "[ALTER SEQUENCE ${-_sequence} RENAME TO ${_sequence_ident}]",
			.reset = "[ALTER SEQUENCE ${-_sequence} RENAME TO ${_sequence_ident}]",
		},
		{
			.attribute = "identity_persistence",
			.set = "[ALTER SEQUENCE ${_sequence} SET ${new}]",
			.reset = "[ALTER SEQUENCE ${_sequence} SET ${_persistence}]",
			.flags = RULE_AFTER,
		},
		{.attribute = "identity_increment", .write = sequence_options_write},
		{.attribute = "identity_minimum", .write = sequence_options_write},
		{.attribute = "identity_maximum", .write = sequence_options_write},
		{.attribute = "identity_start", .write = sequence_options_write},
		{.attribute = "identity_cache", .write = sequence_options_write},
		{.attribute = "identity_cycle", .write = sequence_options_write},
		{
			.attribute = "child_not_null",
			.flags = RULE_AFTER,
			.danger = column_child_null_danger,
			.write = column_child_null_write,
			.online = ONLINE_NOT_NULL("${_given_table}"),
			.online_where = "_given_table",
			.along = "not_null not_null_name not_null_comment _not_null _slot",
		},
		{
			.attribute = "not_null",
			.write = column_not_null_write,
			.flags = RULE_FIRST,
			.danger = column_not_null_danger,
			.online = ONLINE_NOT_NULL("${_not_null_table|-_free_table}"),
			.along = "not_null_name not_null_inherit not_null_comment identity_kind identity_sequence"
				 " identity_increment identity_minimum identity_maximum"
				 " identity_start identity_cache identity_cycle"
				 " _not_null _no_inherit _slot _sequence _sequence_ident _sequence_literal _slots",
		},
		{
			.attribute = "not_null_name",
			.write = column_not_null_write,
			.refuses = column_not_null_refuses,
		},
		{
			.attribute = "not_null_inherit",
			.hazard = DANGER_SCAN ", where it has children",
			.write = column_not_null_write,
		},
		{
			.attribute = "not_null_comment",
			.set = "[COMMENT ON CONSTRAINT ${_not_null} ON ${_table} IS ${new}]",
			.reset = "[COMMENT ON CONSTRAINT ${_not_null} ON ${_table} IS NULL]",
			.flags = RULE_AFTER,
		},
		{
			.attribute = "storage",
			.set = COLUMN_ONLY "SET STORAGE ${new}",
			.reset = COLUMN_ONLY "SET STORAGE ${_storage}",
			.flags = RULE_AFTER | RULE_TYPED,
		},
		{
			.attribute = "compression",
			.set = COLUMN_ONLY "SET COMPRESSION ${new}",
			.reset = COLUMN_ONLY "SET COMPRESSION default",
			.flags = RULE_AFTER | RULE_TYPED,
		},
		{
			.attribute = "statistics",
			.set = COLUMN_ONLY "SET STATISTICS ${new}",
			.reset = COLUMN_ONLY "SET STATISTICS -1",
			.flags = RULE_AFTER,
		},
		{
			.attribute = "options",
			.set = COLUMN "SET (${item})",
			.reset = COLUMN "RESET (${key})",
			.flags = RULE_LIST | RULE_AFTER,
		},
		{
			.attribute = "foreign_options",
			.set = COLUMN "OPTIONS (ADD ${item})",
			.reset = COLUMN "OPTIONS (DROP ${key})",
			.flags = RULE_LIST,
		},
		{
			.attribute = "comment",
			.set = "COMMENT ON COLUMN ${identity} IS ${new}",
			.reset = "COMMENT ON COLUMN ${identity} IS NULL",
			.flags = RULE_AFTER,
		},
		{0},
	},
};

const struct kind kind_of_default = {
	.name = "default", .sql = sql_schema_kind_default, .class = PG_ATTRDEF,
	.flags = KIND_FOLDS | KIND_BREAKS | KIND_MODELS,
	.create = COLUMN "${_set}",
	.drop = "ALTER TABLE ${only}${_table} ALTER COLUMN ${_ident} DROP DEFAULT",
	.fold = " DEFAULT ${expression}",
	.rules = (const struct rule[]){{
			.attribute = "expression",
			.set = COLUMN "${_set}",
			.flags = RULE_COPIES,
		}, {0}},
};

const struct kind kind_of_sequence_owner = {
	.name = "sequence owner", .sql = sql_schema_kind_sequence_owner, .class = PG_CLASS,
	.some = "pg_class WHERE relkind IN ('S') AND oid >= 16384",
	.flags = KIND_FOLLOWS | KIND_FOLDS | KIND_BREAKS | KIND_MODELS | KIND_NAMELESS,
	.rename = "",
	.create = "ALTER SEQUENCE ${identity} OWNED BY ${owned_by}",
	.drop = "ALTER SEQUENCE ${identity} OWNED BY NONE",
	.rules = (const struct rule[]){{
			.attribute = "owned_by",
			.set = "ALTER SEQUENCE ${identity} OWNED BY ${new}",
		}, {0}},
};

const struct kind kind_of_constraint = {
	.name = "constraint", .sql = sql_schema_kind_constraint, .with = sql_schema_partition_tree, .class = PG_CONSTRAINT,
	.flags = KIND_FOLDS | KIND_BREAKS | KIND_FOLLOWS | KIND_MODELS | KIND_NAMELESS | KIND_COUNTS,
	.on = "CONSTRAINT ${_ident} ON ${_table}",
	.create = "ALTER TABLE ${only}${_table} ADD CONSTRAINT ${_ident} ${definition}${_deferrable}${_initially}[ ${validity}]",
	.drop = "ALTER TABLE ${only}${_table} DROP CONSTRAINT ${_ident}",
	.fold = "CONSTRAINT ${_ident} ${definition}${_deferrable}${_initially}",
	.online = "[${_checks}" TABLE_OF "ADD CONSTRAINT ${_ident} ${definition}${_deferrable}${_initially} NOT VALID;\n"
		  TABLE_OF "VALIDATE CONSTRAINT ${_ident}]"
		  "[CREATE UNIQUE INDEX CONCURRENTLY ${_ident} ON ${_built};\n"
		  TABLE_OF "ADD CONSTRAINT ${_ident} ${_unique} USING INDEX ${_ident}${_deferrable}${_initially}]",
	.online_replace = "[${_checks}" TABLE_OF "DROP CONSTRAINT ${_ident},"
			  " ADD CONSTRAINT ${_ident} ${definition}${_deferrable}${_initially} NOT VALID;\n"
			  TABLE_OF "VALIDATE CONSTRAINT ${_ident}]"
			  "[CREATE UNIQUE INDEX CONCURRENTLY migrate_new_index ON ${_built};\n${_identify}"
			  TABLE_OF "DROP CONSTRAINT ${_ident}, ADD CONSTRAINT ${_ident}"
			  " ${_unique} USING INDEX migrate_new_index${_deferrable}${_initially}]",
	.rename = "ALTER TABLE ${_table} RENAME CONSTRAINT ${-_ident} TO ${_ident}",
	.create_dangers = constraint_create_dangers,
	.rules = (const struct rule[]){
		{
			.attribute = "validity",
			.reset = "ALTER TABLE ${_table} VALIDATE CONSTRAINT ${_ident}",
			.flags = RULE_LATER,
			.along = "_not_online _apart",
			.danger = validity_danger,
			.fits = is_reset,
		},
		{
			.attribute = "options",
			.set = "ALTER INDEX ${_index} SET (${item})",
			.reset = "ALTER INDEX ${_index} RESET (${key})",
			.flags = RULE_LIST | RULE_AFTER,
		},
		{
			.attribute = "tablespace",
			.set = "ALTER INDEX ${_index} SET TABLESPACE ${new}",
			.reset = "ALTER INDEX ${_index} SET TABLESPACE pg_default",
			.flags = RULE_AFTER,
		},
		{0},
	},
};

const struct kind kind_of_index = {
	.name = "index", .sql = sql_schema_kind_index, .with = sql_schema_partition_tree, .class = PG_CLASS,
	.flags = KIND_FOLLOWS | KIND_MODELS | KIND_NAMELESS, .on = "INDEX ${identity}",
	.create = "CREATE[ ${unique}] INDEX ${_ident} ON ${only}${self}",
	.drop = "DROP INDEX ${identity}[ ${_cascade}]",
	.rename = "ALTER INDEX ${-identity} RENAME TO ${_ident}",
	.online = "CREATE[ ${unique}] INDEX CONCURRENTLY ${_ident} ON ${self}",
	.online_drop = "DROP INDEX CONCURRENTLY ${identity}",
	.online_replace = "CREATE[ ${unique}] INDEX CONCURRENTLY migrate_new_index ON ${self};\n"
			  "[ALTER TABLE ${_identifies} REPLICA IDENTITY USING INDEX migrate_new_index;\n]"
			  "DROP INDEX CONCURRENTLY ${identity};\n"
			  "ALTER INDEX ${_new} RENAME TO ${_ident}",
	.create_hazard = DANGER_INDEX, .drop_hazard = DANGER_DROP_INDEX,
	.fold_write = index_fold,
	.rules = (const struct rule[]){
		{
			.attribute = "options",
			.set = "ALTER INDEX ${identity} SET (${item})",
			.reset = "ALTER INDEX ${identity} RESET (${key})",
			.flags = RULE_LIST,
			.fits = index_options_fit,
		},
		{
			.attribute = "tablespace",
			.set = "ALTER INDEX ${identity} SET TABLESPACE ${new}",
			.reset = "ALTER INDEX ${identity} SET TABLESPACE pg_default",
		},
		{
			.attribute = "statistics",
			.set = "ALTER INDEX ${identity} ALTER COLUMN ${item}",
			.reset = "ALTER INDEX ${identity} ALTER COLUMN ${key} SET STATISTICS -1",
			.flags = RULE_LIST | RULE_AFTER,
		},
		{0},
	},
};

const struct kind kind_of_partition = {
	.name = "partition", .sql = sql_schema_kind_partition, .flags = KIND_SECONDARY,
	.some = "pg_inherits",
	.create = "", .drop = "",
};

const struct kind kind_of_partition_index = {
	.name = "index of a partition", .sql = sql_schema_kind_partition_index, .with = sql_schema_partition_tree, .class = PG_CLASS,
	.some = "pg_inherits",
	.flags = KIND_FOLLOWS | KIND_SECONDARY, .on = "INDEX ${_index}",
	.create = "[${_make};\n]${_attach}", .online = "[${_make_online};\n]${_attach}", .adopt = "${_attach}",
	.drop = "[DROP INDEX ${_loose}][" TABLE_OF "DROP CONSTRAINT ${_constraint}]",
	.create_hazard = "blocks writes to the partition until its index is built",
	.rules = (const struct rule[]){
		{
			.attribute = "name",
			.flags = RULE_AFTER | RULE_GIVEN,
			.write = partition_index_name_write,
		},
		{
			.attribute = "options",
			.set = "ALTER INDEX ${_index} SET (${item})",
			.reset = "ALTER INDEX ${_index} RESET (${key})",
			.flags = RULE_LIST | RULE_AFTER,
		},
		{
			.attribute = "tablespace",
			.set = "ALTER INDEX ${_index} SET TABLESPACE ${new}",
			.reset = "ALTER INDEX ${_index} SET TABLESPACE pg_default",
			.flags = RULE_AFTER,
		},
		{
			.attribute = "statistics",
			.set = "ALTER INDEX ${_index} ALTER COLUMN ${item}",
			.reset = "ALTER INDEX ${_index} ALTER COLUMN ${key} SET STATISTICS -1",
			.flags = RULE_LIST | RULE_AFTER,
		},
		{0},
	},
};

const struct kind kind_of_partition_constraint = {
	.name = "constraint of a partition", .sql = sql_schema_kind_partition_constraint,
	.some = "pg_inherits",
	.class = PG_CONSTRAINT,
	.flags = KIND_FOLLOWS | KIND_SECONDARY, .on = "CONSTRAINT ${_ident} ON ${_table}",
	.create = "", .adopt = "", .drop = "[${_droppable}" TABLE_OF "DROP CONSTRAINT ${_ident}]",
	.rules = (const struct rule[]){{
			.attribute = "validity",
			.set = TABLE_OF "VALIDATE CONSTRAINT ${_ident}",
			.reset = "${_again}",
			.flags = RULE_AFTER | RULE_GIVEN,
		}, {0}},
};

const struct kind kind_of_foreign_key = {
	.name = "foreign key", .sql = sql_schema_kind_foreign_key, .class = PG_CONSTRAINT,
	.some = "pg_constraint WHERE contype = 'f' AND oid >= 16384",
	.flags = KIND_FOLDS | KIND_BREAKS | KIND_MODELS | KIND_NAMELESS,
	.on = "CONSTRAINT ${_ident} ON ${_table}",
	.create = "ALTER TABLE ${_table} ADD CONSTRAINT ${_ident} ${definition}${_deferrable}${_initially}[ ${validity}]",
	.drop = "ALTER TABLE ${_table} DROP CONSTRAINT ${_ident}",
	.fold = "CONSTRAINT ${_ident} ${definition}${_deferrable}${_initially}",
	.online = TABLE_OF "ADD CONSTRAINT ${_ident} ${definition}${_deferrable}${_initially} NOT VALID;\n"
		  TABLE_OF "VALIDATE CONSTRAINT ${_ident}",
	.online_replace = TABLE_OF "DROP CONSTRAINT ${_ident},"
			  " ADD CONSTRAINT ${_ident} ${definition}${_deferrable}${_initially} NOT VALID;\n"
			  TABLE_OF "VALIDATE CONSTRAINT ${_ident}",
	.rename = "ALTER TABLE ${_table} RENAME CONSTRAINT ${-_ident} TO ${_ident}",
	.create_dangers = foreign_key_create_dangers,
	.rules = (const struct rule[]){
		{
			.attribute = "validity",
			.reset = "ALTER TABLE ${_table} VALIDATE CONSTRAINT ${_ident}",
			.flags = RULE_LATER,
			.along = "_not_online _apart",
			.danger = validity_danger,
			.fits = is_reset,
		},
		{0},
	},
};

const struct kind kind_of_inheritance = {
	.name = "inheritance", .sql = sql_schema_kind_inheritance,
	.some = "pg_inherits",
	.flags = KIND_FOLDS | KIND_MODELS,
	.create = TABLE_OF "INHERIT ${_from}", .drop = TABLE_OF "NO INHERIT ${_from}",
};

const struct kind kind_of_replica_identity = {
	.name = "replica identity", .sql = sql_schema_kind_replica_identity, .class = PG_CLASS,
	.some = "pg_class WHERE relreplident IN ('n', 'f', 'i') AND relkind IN ('r', 'p') AND oid >= 16384",
	.create = TABLE "REPLICA IDENTITY ${setting}", .drop = TABLE "REPLICA IDENTITY DEFAULT",
	.rules = (const struct rule[]){{.attribute = "setting", .set = TABLE "REPLICA IDENTITY ${new}"}, {0}},
};

const struct kind kind_of_cluster = {
	.name = "cluster", .sql = sql_schema_kind_cluster, .class = PG_CLASS,
	.some = "pg_index WHERE indisclustered AND indexrelid >= 16384",
	.create = TABLE "CLUSTER ON ${index}", .drop = TABLE "SET WITHOUT CLUSTER",
	.rules = (const struct rule[]){{.attribute = "index", .set = TABLE "CLUSTER ON ${new}"}, {0}},
};

const struct kind kind_of_statistics = {
	.name = "statistics", .sql = sql_schema_kind_statistics, .class = PG_STATISTIC_EXT,
	.some = "pg_statistic_ext WHERE oid >= 16384",
	.flags = KIND_FOLLOWS, .on = "STATISTICS ${identity}",
	.create = "${definition}", .drop = "DROP STATISTICS ${identity}",
	.rules = (const struct rule[]){
		{
			.attribute = "target",
			.set = "ALTER STATISTICS ${identity} SET STATISTICS ${new}",
			.reset = "ALTER STATISTICS ${identity} SET STATISTICS -1",
			.flags = RULE_AFTER,
		},
		{0},
	},
};

/* clang-format on */
