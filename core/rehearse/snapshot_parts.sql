SELECT p.relation, p.kind, p.id, p.name, p.type, p.strict, p.filled,
       CASE WHEN e.typtype = 'd' THEN (
         WITH RECURSIVE d AS (
           SELECT e.typbasetype AS base, e.typtypmod AS modifier
            UNION ALL
           SELECT t.typbasetype, t.typtypmod FROM d JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype = 'd')
         SELECT pg_catalog.format_type(d.base, d.modifier) || CASE WHEN e.oid <> p.of THEN '[]' ELSE '' END
           FROM d JOIN pg_catalog.pg_type b ON b.oid = d.base AND b.typtype <> 'd') END,
       CASE WHEN e.typtype = 'e' THEN (
         SELECT pg_catalog.string_agg(pg_catalog.quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder)
           FROM pg_catalog.pg_enum l WHERE l.enumtypid = e.oid) END,
       COALESCE(e.typtype = 'd' AND (e.typnotnull OR EXISTS (
         SELECT FROM pg_catalog.pg_constraint k WHERE k.contypid = e.oid)), false),
       pg_catalog.concat(p.of, ' ', p.modifier)
  FROM (
	SELECT a.attrelid AS relation, 'column' AS kind, a.attnum::pg_catalog.int8 AS id, a.attname AS name,
	       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS strict,
	       a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' AS filled, a.atttypid AS of, a.atttypmod AS modifier
	  FROM pg_catalog.pg_attribute a
	 WHERE a.attnum > 0 AND NOT a.attisdropped
	UNION ALL
	SELECT o.conrelid, 'constraint', o.oid::pg_catalog.int8, o.conname, o.contype::pg_catalog.text,
	       o.convalidated, o.conparentid <> 0, 0::pg_catalog.oid, 0
	  FROM pg_catalog.pg_constraint o
	) p
  JOIN pg_catalog.pg_class c ON c.oid = p.relation
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_type t ON t.oid = p.of
  LEFT JOIN pg_catalog.pg_type e ON e.oid = CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END
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
