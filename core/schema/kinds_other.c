/* kinds_other: what stands on tables, beside them, or outside the schema. */
#include "core/schema/catalog_oid.h"
#include "core/schema/kind_rows.h"
#include "core/schema/kind_write.h"

#include "core/schema/kind_default_privilege.sql.h"
#include "core/schema/kind_event_trigger.sql.h"
#include "core/schema/kind_foreign_data_wrapper.sql.h"
#include "core/schema/kind_grant.sql.h"
#include "core/schema/kind_materialized_view.sql.h"
#include "core/schema/kind_partition_trigger.sql.h"
#include "core/schema/kind_policy.sql.h"
#include "core/schema/kind_publication.sql.h"
#include "core/schema/kind_publication_schema.sql.h"
#include "core/schema/kind_publication_table.sql.h"
#include "core/schema/kind_rule.sql.h"
#include "core/schema/kind_server.sql.h"
#include "core/schema/kind_trigger.sql.h"
#include "core/schema/kind_user_mapping.sql.h"
#include "core/schema/kind_view.sql.h"
#include "core/schema/kind_view_column.sql.h"

#define SERVER "ALTER SERVER ${identity} "
#define PUBLICATION "ALTER PUBLICATION ${identity} "

/* Tables, laid out by hand. */
/* clang-format off */

const struct kind kind_of_view = {
	.name = "view", .sql = sql_schema_kind_view, .class = PG_CLASS,
	.some = "pg_class WHERE relkind IN ('v') AND oid >= 16384",
	.flags = KIND_TOP, .on = "VIEW ${identity}",
	.create = "CREATE VIEW ${identity}[ WITH (${_options})] AS\n${definition}",
	.drop = "DROP VIEW ${identity}",
	.rules = (const struct rule[]){
		{
			.attribute = "columns",
			.fits = view_columns_fit,
			.write = nothing_write,
		},
		{
			.attribute = "definition",
			.set = "CREATE OR REPLACE VIEW ${identity}[ WITH (${_options})] AS\n${new}",
		},
		{
			.attribute = "options",
			.set = "ALTER VIEW ${identity} SET (${item})",
			.reset = "ALTER VIEW ${identity} RESET (${key})",
			.flags = RULE_LIST,
		},
		{0},
	},
};

const struct kind kind_of_materialized_view = {
	.name = "materialized view", .sql = sql_schema_kind_materialized_view, .class = PG_CLASS,
	.some = "pg_class WHERE relkind IN ('m') AND oid >= 16384",
	.flags = KIND_TOP, .on = "MATERIALIZED VIEW ${identity}",
	.create = "CREATE MATERIALIZED VIEW ${identity}[ USING ${access_method}][ WITH (${_options})]"
		  "[ TABLESPACE ${tablespace}] AS\n${definition}",
	.drop = "DROP MATERIALIZED VIEW ${identity}",
	.rules = (const struct rule[]){
		{
			.attribute = "options",
			.set = "ALTER MATERIALIZED VIEW ${identity} SET (${item})",
			.reset = "ALTER MATERIALIZED VIEW ${identity} RESET (${key})",
			.flags = RULE_LIST,
		},
		{0},
	},
};

const struct kind kind_of_view_column = {
	.name = "comment on a view's column", .sql = sql_schema_kind_view_column, .class = PG_CLASS,
	.some = "pg_class WHERE relkind IN ('v', 'm') AND oid >= 16384",
	.on = "COLUMN ${identity}",
	.create = "", .drop = "COMMENT ON COLUMN ${identity} IS NULL",
};

const struct kind kind_of_trigger = {
	.name = "trigger", .sql = sql_schema_kind_trigger, .class = PG_TRIGGER,
	.some = "pg_trigger WHERE NOT tgisinternal AND oid >= 16384",
	.on = "TRIGGER ${_ident} ON ${_table}",
	.create = "${definition}", .drop = "DROP TRIGGER ${_ident} ON ${_table}",
	.rules = (const struct rule[]){
		{
			.attribute = "enabled",
			.set = "ALTER TABLE ${_table} ${new} TRIGGER ${_ident}",
			.reset = "ALTER TABLE ${_table} ENABLE TRIGGER ${_ident}",
			.flags = RULE_AFTER,
		},
		{0},
	},
};

const struct kind kind_of_partition_trigger = {
	.name = "trigger of a partition", .sql = sql_schema_kind_partition_trigger, .class = PG_TRIGGER,
	.some = "pg_trigger WHERE tgparentid <> 0",
	.create = "ALTER TABLE ${_table} ${enabled} TRIGGER ${_ident}",
	.drop = "ALTER TABLE ${_table} ${_parents} TRIGGER ${_ident}",
	.rules = (const struct rule[]){
		{
			.attribute = "enabled",
			.set = "ALTER TABLE ${_table} ${new} TRIGGER ${_ident}",
			.flags = RULE_COPIES,
		},
		{0},
	},
};

const struct kind kind_of_rule = {
	.name = "rule", .sql = sql_schema_kind_rule, .class = PG_REWRITE,
	.some = "pg_rewrite WHERE rulename <> '_RETURN' AND oid >= 16384",
	.on = "RULE ${_ident} ON ${_table}",
	.create = "${definition}", .drop = "DROP RULE ${_ident} ON ${_table}",
	.rules = (const struct rule[]){
		{
			.attribute = "enabled",
			.set = "ALTER TABLE ${_table} ${new} RULE ${_ident}",
			.reset = "ALTER TABLE ${_table} ENABLE RULE ${_ident}",
			.flags = RULE_AFTER,
		},
		{0},
	},
};

const struct kind kind_of_policy = {
	.name = "policy", .sql = sql_schema_kind_policy, .class = PG_POLICY,
	.some = "pg_policy WHERE oid >= 16384",
	.on = "POLICY ${_ident} ON ${_table}",
	.create = "CREATE POLICY ${_ident} ON ${_table} ${definition}",
	.drop = "DROP POLICY ${_ident} ON ${_table}",
};

const struct kind kind_of_event_trigger = {
	.name = "event trigger", .sql = sql_schema_kind_event_trigger, .class = PG_EVENT_TRIGGER,
	.some = "pg_event_trigger WHERE oid >= 16384",
	.on = "EVENT TRIGGER ${identity}",
	.create = "CREATE EVENT TRIGGER ${identity} ON ${definition}",
	.drop = "DROP EVENT TRIGGER ${identity}",
	.rules = (const struct rule[]){
		{
			.attribute = "enabled",
			.set = "ALTER EVENT TRIGGER ${identity} ${new}",
			.reset = "ALTER EVENT TRIGGER ${identity} ENABLE",
			.flags = RULE_AFTER,
		},
		{0},
	},
};

const struct kind kind_of_foreign_data_wrapper = {
	.name = "foreign-data wrapper", .sql = sql_schema_kind_foreign_data_wrapper, .class = PG_FDW,
	.some = "pg_foreign_data_wrapper WHERE oid >= 16384",
	.on = "FOREIGN DATA WRAPPER ${identity}",
	.create = "CREATE FOREIGN DATA WRAPPER ${identity}[ HANDLER ${handler}]"
		  "[ VALIDATOR ${validator}][ OPTIONS (${options})]",
	.drop = "DROP FOREIGN DATA WRAPPER ${identity}",
};

const struct kind kind_of_server = {
	.name = "foreign server", .sql = sql_schema_kind_server, .class = PG_FOREIGN_SERVER,
	.some = "pg_foreign_server WHERE oid >= 16384",
	.on = "SERVER ${identity}",
	.create = "CREATE SERVER ${identity}[ TYPE ${type}][ VERSION ${version}]"
		  " FOREIGN DATA WRAPPER ${wrapper}[ OPTIONS (${_options})]",
	.drop = "DROP SERVER ${identity}",
	.rules = (const struct rule[]){
		{
			.attribute = "version",
			.set = SERVER "VERSION ${new}",
			.reset = SERVER "VERSION NULL",
		},
		{
			.attribute = "options",
			.set = SERVER "OPTIONS (ADD ${item})",
			.reset = SERVER "OPTIONS (DROP ${key})",
			.flags = RULE_LIST,
		},
		{0},
	},
};

const struct kind kind_of_user_mapping = {
	.name = "user mapping", .sql = sql_schema_kind_user_mapping, .class = PG_USER_MAPPING,
	.some = "pg_foreign_server WHERE oid >= 16384",
	.create = "CREATE USER MAPPING FOR ${identity}[ OPTIONS (${options})]",
	.drop = "DROP USER MAPPING FOR ${identity}",
};

const struct kind kind_of_publication = {
	.name = "publication", .sql = sql_schema_kind_publication, .class = PG_PUBLICATION,
	.some = "pg_publication WHERE oid >= 16384",
	.on = "PUBLICATION ${identity}",
	.create = "CREATE PUBLICATION ${identity}[ ${all_tables}] WITH (publish = '${publish}'"
		  "[, publish_via_partition_root = ${via_root}]"
		  "[, publish_generated_columns = ${generated}])",
	.drop = "DROP PUBLICATION ${identity}",
	.rules = (const struct rule[]){
		{
			.attribute = "publish",
			.set = PUBLICATION "SET (publish = '${new}')",
		},
		{
			.attribute = "via_root",
			.set = PUBLICATION "SET (publish_via_partition_root = true)",
			.reset = PUBLICATION "SET (publish_via_partition_root = false)",
		},
		{
			.attribute = "generated",
			.set = PUBLICATION "SET (publish_generated_columns = ${new})",
			.reset = PUBLICATION "SET (publish_generated_columns = none)",
		},
		{0},
	},
};

const struct kind kind_of_publication_table = {
	.name = "published table", .sql = sql_schema_kind_publication_table,
	.some = "pg_publication WHERE oid >= 16384",
	.class = PG_PUBLICATION_REL, .since = 150000,
	.create = "ALTER PUBLICATION ${_publication} ADD TABLE ONLY ${_table}[ (${columns})]"
		  "[ WHERE (${condition})]",
	.drop = "ALTER PUBLICATION ${_publication} DROP TABLE ONLY ${_table}",
};

const struct kind kind_of_publication_schema = {
	.name = "published schema", .sql = sql_schema_kind_publication_schema,
	.some = "pg_publication WHERE oid >= 16384",
	.class = PG_PUBLICATION_NAMESPACE, .since = 150000,
	.create = "ALTER PUBLICATION ${_publication} ADD TABLES IN SCHEMA ${_schema}",
	.drop = "ALTER PUBLICATION ${_publication} DROP TABLES IN SCHEMA ${_schema}",
};

const struct kind kind_of_grant = {
	.name = "grant", .sql = sql_schema_kind_grant, .flags = KIND_GRANTS | KIND_FOLLOWS,
	.create = "${_create}", .drop = "${_drop}",
};

const struct kind kind_of_default_privilege = {
	.name = "default privileges", .sql = sql_schema_kind_default_privilege, .class = PG_DEFAULT_ACL,
	.flags = KIND_GRANTS,
	.create = "ALTER DEFAULT PRIVILEGES ${identity}",
	.drop = "ALTER DEFAULT PRIVILEGES ${_back}",
};

/* clang-format on */
