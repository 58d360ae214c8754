SELECT p.relation, p.kind, p.id, p.name, p.type, p.strict, p.filled
  FROM (
	SELECT a.attrelid AS relation, 'column' AS kind, a.attnum::pg_catalog.int8 AS id, a.attname AS name,
	       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS strict,
	       a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' AS filled
	  FROM pg_catalog.pg_attribute a
	 WHERE a.attnum > 0 AND NOT a.attisdropped
	UNION ALL
	SELECT o.conrelid, 'constraint', o.oid::pg_catalog.int8, o.conname, o.contype::pg_catalog.text,
	       o.convalidated, o.conparentid <> 0
	  FROM pg_catalog.pg_constraint o
	) p
  JOIN pg_catalog.pg_class c ON c.oid = p.relation
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f')
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
   AND c.relname !~ '^(alembic_version|migrate_(attempt|journal))'
   AND c.relpersistence <> 't'
   AND ($1::pg_catalog.bool OR p.relation IN (
	SELECT l.relation
	  FROM pg_catalog.pg_locks l
	 WHERE l.pid = pg_catalog.pg_backend_pid()
	   AND l.locktype = 'relation'))
 ORDER BY p.relation, p.kind, p.id
