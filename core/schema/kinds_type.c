/* kinds_type: schemas, extensions, types, functions and what is made of them. */
#include "core/schema/catalog_oid.h"
#include "core/schema/danger.h"
#include "core/schema/kind_danger.h"
#include "core/schema/kind_rows.h"
#include "core/schema/kind_sequence.h"
#include "core/schema/kind_write.h"

#include "core/schema/kind_aggregate.sql.h"
#include "core/schema/kind_cast.sql.h"
#include "core/schema/kind_collation.sql.h"
#include "core/schema/kind_composite.sql.h"
#include "core/schema/kind_composite_column.sql.h"
#include "core/schema/kind_conversion.sql.h"
#include "core/schema/kind_domain.sql.h"
#include "core/schema/kind_domain_constraint.sql.h"
#include "core/schema/kind_enum.sql.h"
#include "core/schema/kind_extension.sql.h"
#include "core/schema/kind_function.sql.h"
#include "core/schema/kind_operator.sql.h"
#include "core/schema/kind_range.sql.h"
#include "core/schema/kind_schema.sql.h"
#include "core/schema/kind_sequence.sql.h"
#include "core/schema/kind_text_search_configuration.sql.h"
#include "core/schema/kind_text_search_dictionary.sql.h"

/* Tables, laid out by hand. */
/* clang-format off */

const struct kind kind_of_schema = {
	.name = "schema", .sql = sql_schema_kind_schema, .class = PG_NAMESPACE,
	.flags = KIND_TOP, .on = "SCHEMA ${identity}",
	.create = "CREATE SCHEMA ${identity}", .drop = "DROP SCHEMA ${identity}",
};

const struct kind kind_of_extension = {
	.name = "extension", .sql = sql_schema_kind_extension, .class = PG_EXTENSION,
	.create = "CREATE EXTENSION ${identity} WITH SCHEMA ${schema}",
	.drop = "DROP EXTENSION ${identity}",
	.rules = (const struct rule[]){
		{
			.attribute = "schema",
			.set = "ALTER EXTENSION ${identity} SET SCHEMA ${new}",
			.refuses = extension_schema_refused,
		},
		{
			.attribute = "comment",
			.set = "COMMENT ON EXTENSION ${identity} IS ${new}",
			.reset = "COMMENT ON EXTENSION ${identity} IS ${_own_comment}",
			.flags = RULE_AFTER,
		},
		{0},
	},
};

const struct kind kind_of_collation = {
	.name = "collation", .sql = sql_schema_kind_collation, .class = PG_COLLATION,
	.some = "pg_collation WHERE oid >= 16384",
	.on = "COLLATION ${identity}",
	.create = "CREATE COLLATION ${identity} (${definition})",
	.drop = "DROP COLLATION ${identity}",
};

const struct kind kind_of_enum = {
	.name = "enum", .sql = sql_schema_kind_enum, .class = PG_TYPE,
	.some = "pg_type WHERE typtype = 'e' AND oid >= 16384",
	.flags = KIND_MODELS | KIND_TOP, .on = "TYPE ${identity}",
	.create = "CREATE TYPE ${identity} AS ENUM (${labels})",
	.drop = "DROP TYPE ${identity}",
	.retire = "ALTER TYPE ${identity} RENAME TO ${_retired_ident}",
	.retire_hazard = "fails where a row has a label that is gone",
	.rules = (const struct rule[]){
		{.attribute = "labels", .fits = enum_fits, .write = enum_write},
		{0},
	},
};

#define DOMAIN_NOT_NULL_NAME \
	"[ALTER DOMAIN ${identity} RENAME CONSTRAINT ${-_not_null_from} TO ${_not_null}]"

const struct kind kind_of_domain = {
	.name = "domain", .sql = sql_schema_kind_domain, .class = PG_TYPE,
	.some = "pg_type WHERE typtype = 'd' AND oid >= 16384",
	.on = "DOMAIN ${identity}",
	.create = "CREATE DOMAIN ${identity} AS ${type}[ COLLATE ${collation}][ DEFAULT ${default}]"
		  "[ CONSTRAINT ${not_null_name}][ ${not_null}]${*}",
	.none = "", .open = " ", .between = " ", .close = "",
	.drop = "DROP DOMAIN ${identity}",
	.retire_hazard = "fails where a value does not fit the new domain",
	.retire = "ALTER DOMAIN ${identity} RENAME TO ${_retired_ident}",
	.rules = (const struct rule[]){
		{
			.attribute = "default",
			.set = "ALTER DOMAIN ${identity} SET DEFAULT ${new}",
			.reset = "ALTER DOMAIN ${identity} DROP DEFAULT",
		},
		{
			.attribute = "not_null",
			.set = "ALTER DOMAIN ${identity} SET NOT NULL",
			.reset = "ALTER DOMAIN ${identity} DROP NOT NULL",
			.hazard = DANGER_DOMAIN,
		},
		{
			.attribute = "not_null_name",
			.set = DOMAIN_NOT_NULL_NAME,
			.reset = DOMAIN_NOT_NULL_NAME,
		},
		{
			.attribute = "not_null_comment",
			.set = "[COMMENT ON CONSTRAINT ${_not_null} ON DOMAIN ${identity} IS ${new}]",
			.reset = "[COMMENT ON CONSTRAINT ${_not_null} ON DOMAIN ${identity} IS NULL]",
			.flags = RULE_AFTER,
		},
		{0},
	},
};

const struct kind kind_of_domain_constraint = {
	.name = "domain constraint", .sql = sql_schema_kind_domain_constraint, .class = PG_CONSTRAINT,
	.some = "pg_type WHERE typtype = 'd' AND oid >= 16384",
	.flags = KIND_FOLDS | KIND_BREAKS, .on = "CONSTRAINT ${_ident} ON DOMAIN ${_domain}",
	.create = "ALTER DOMAIN ${_domain} ADD CONSTRAINT ${_ident} ${definition}[ ${validity}]",
	.create_dangers = domain_constraint_create_dangers,
	.drop = "ALTER DOMAIN ${_domain} DROP CONSTRAINT ${_ident}",
	.fold = "CONSTRAINT ${_ident} ${definition}",
	.rules = (const struct rule[]){{
			.attribute = "validity",
			.reset = "ALTER DOMAIN ${_domain} VALIDATE CONSTRAINT ${_ident}",
			.danger = domain_validity_danger,
			.fits = is_reset,
		}, {0}},
};

const struct kind kind_of_composite = {
	.name = "composite type", .sql = sql_schema_kind_composite, .class = PG_TYPE,
	.some = "pg_class WHERE relkind IN ('c') AND oid >= 16384",
	.on = "TYPE ${identity}",
	.create = "CREATE TYPE ${identity} AS${*}",
	.none = " ()", .open = " (\n    ", .between = ",\n    ", .close = "\n)",
	.drop = "DROP TYPE ${identity}",
	.rules = (const struct rule[]){
		{
			.attribute = "attributes",
			.fits = composite_fits,
			.write = nothing_write,
		},
		{0},
	},
};

const struct kind kind_of_composite_column = {
	.name = "attribute", .sql = sql_schema_kind_composite_column, .class = PG_CLASS,
	.some = "pg_class WHERE relkind IN ('c') AND oid >= 16384",
	.flags = KIND_FOLDS | KIND_CONVERTS, .on = "COLUMN ${identity}",
	.create = "ALTER TYPE ${_type} ADD ATTRIBUTE ${_ident} ${type}[ COLLATE ${collation}][ ${_cascade}]",
	.drop = "ALTER TYPE ${_type} DROP ATTRIBUTE ${_ident}[ ${_cascade}]",
	.fold = "${_ident} ${type}[ COLLATE ${collation}]",
	.rules = (const struct rule[]){
		{
			.attribute = "type",
			.set = "ALTER TYPE ${_type} ALTER ATTRIBUTE ${_ident} TYPE ${new}[ COLLATE ${collation}][ ${_cascade}]",
			.hazard = "is refused while a column of a table is of this type",
			.refuses = attribute_type_refused,
			.flags = RULE_DISTURBS,
		},
		{0},
	},
};

const struct kind kind_of_range = {
	.name = "range type", .sql = sql_schema_kind_range, .class = PG_TYPE,
	.some = "pg_range WHERE rngtypid >= 16384",
	.on = "TYPE ${identity}",
	.create = "CREATE TYPE ${identity} AS RANGE (SUBTYPE = ${subtype}[, SUBTYPE_OPCLASS = ${opclass}]"
		  "[, COLLATION = ${collation}][, CANONICAL = ${canonical}][, SUBTYPE_DIFF = ${diff}]"
		  "[, MULTIRANGE_TYPE_NAME = ${multirange}])",
	.drop = "DROP TYPE ${identity}",
};

const struct kind kind_of_sequence = {
	.name = "sequence", .sql = sql_schema_kind_sequence, .class = PG_CLASS,
	.some = "pg_class WHERE relkind IN ('S') AND oid >= 16384",
	.flags = KIND_FOLDS | KIND_BREAKS | KIND_MODELS | KIND_TOP | KIND_NAMELESS,
	.on = "SEQUENCE ${identity}",
	.create = "CREATE[ ${persistence}] SEQUENCE ${identity}[ AS ${type}]${self}",
	.fold_write = sequence_fold,
	.drop = "DROP SEQUENCE ${identity}",
	.rename = "ALTER SEQUENCE ${-identity} RENAME TO ${_ident}",
	.rules = (const struct rule[]){
		{
			.attribute = "persistence",
			.set = "ALTER SEQUENCE ${identity} SET UNLOGGED",
			.reset = "ALTER SEQUENCE ${identity} SET LOGGED",
		},
		{.attribute = "type", .write = sequence_options_write},
		{.attribute = "increment", .write = sequence_options_write},
		{.attribute = "minimum", .write = sequence_options_write},
		{.attribute = "maximum", .write = sequence_options_write},
		{.attribute = "start", .write = sequence_options_write},
		{.attribute = "cache", .write = sequence_options_write},
		{.attribute = "cycle", .write = sequence_options_write},
		{0},
	},
};

const struct kind kind_of_function = {
	.name = "function", .sql = sql_schema_kind_function, .class = PG_PROC,
	.some = "pg_proc WHERE oid >= 16384",
	.on = "${what} ${identity}",
	.create = "${definition}", .drop = "DROP ${what} ${identity}",
	.rules = (const struct rule[]){{.attribute = "definition", .set = "${new}"}, {0}},
};

const struct kind kind_of_aggregate = {
	.name = "aggregate", .sql = sql_schema_kind_aggregate, .class = PG_PROC,
	.some = "pg_proc WHERE prokind = 'a' AND oid >= 16384",
	.on = "AGGREGATE ${identity}",
	.create = "CREATE AGGREGATE ${identity} (${definition})", .drop = "DROP AGGREGATE ${identity}",
};

const struct kind kind_of_operator = {
	.name = "operator", .sql = sql_schema_kind_operator, .class = PG_OPERATOR,
	.some = "pg_operator WHERE oid >= 16384",
	.on = "OPERATOR ${identity}",
	.create = "CREATE OPERATOR ${_name} (${definition})", .drop = "DROP OPERATOR ${identity}",
};

const struct kind kind_of_cast = {
	.name = "cast", .sql = sql_schema_kind_cast, .class = PG_CAST,
	.some = "pg_cast WHERE oid >= 16384",
	.on = "CAST ${identity}",
	.create = "CREATE CAST ${identity} ${definition}", .drop = "DROP CAST ${identity}",
};

const struct kind kind_of_conversion = {
	.name = "conversion", .sql = sql_schema_kind_conversion, .class = PG_CONVERSION,
	.some = "pg_conversion WHERE oid >= 16384",
	.on = "CONVERSION ${identity}",
	.create = "CREATE[ ${default}] CONVERSION ${identity} ${definition}",
	.drop = "DROP CONVERSION ${identity}",
};

const struct kind kind_of_text_search_dictionary = {
	.name = "text search dictionary", .sql = sql_schema_kind_text_search_dictionary,
	.some = "pg_ts_dict WHERE oid >= 16384",
	.class = PG_TS_DICT, .on = "TEXT SEARCH DICTIONARY ${identity}",
	.create = "CREATE TEXT SEARCH DICTIONARY ${identity} (${definition})",
	.drop = "DROP TEXT SEARCH DICTIONARY ${identity}",
};

const struct kind kind_of_text_search_configuration = {
	.name = "text search configuration", .sql = sql_schema_kind_text_search_configuration,
	.some = "pg_ts_config WHERE oid >= 16384",
	.class = PG_TS_CONFIG, .on = "TEXT SEARCH CONFIGURATION ${identity}",
	.create = "CREATE TEXT SEARCH CONFIGURATION ${identity} (PARSER = ${parser})",
	.drop = "DROP TEXT SEARCH CONFIGURATION ${identity}",
	.rules = (const struct rule[]){
		{
			.attribute = "mappings",
			.set = "ALTER TEXT SEARCH CONFIGURATION ${identity} ADD MAPPING FOR ${item}",
			.reset = "ALTER TEXT SEARCH CONFIGURATION ${identity} DROP MAPPING FOR ${key}",
			.flags = RULE_LIST | RULE_AFTER,
		},
		{0},
	},
};

/* clang-format on */
