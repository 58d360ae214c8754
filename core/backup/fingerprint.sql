-- What the schema consists of, as far as a dump keeps it to the letter, whoever restores it: the names of all
-- objects but those of extensions, and what they are like. No expressions, which come back written in another
-- way; no owners and grants; no invalid indexes, which pg_dump leaves out. The search_path is empty.
WITH RECURSIVE members AS (
	SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
	UNION
	SELECT d.classid, d.objid
	  FROM members m
	  JOIN pg_catalog.pg_depend d ON d.refclassid = m.classid AND d.refobjid = m.objid AND d.deptype IN ('i', 'a')
), hidden AS (
	SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname ~ '^pg_(catalog$|toast|temp)' OR n.nspname = 'information_schema'
), addresses AS (
	SELECT d.classid, d.objid FROM pg_catalog.pg_depend d
	UNION
	SELECT d.refclassid, d.refobjid FROM pg_catalog.pg_depend d
	EXCEPT
	SELECT m.classid, m.objid FROM members m
), relations AS (
	SELECT c.*, pg_catalog.format('%I.%I', n.nspname, c.relname) AS called
	  FROM pg_catalog.pg_class c
	  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	  JOIN addresses a ON a.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND a.objid = c.oid
	 WHERE c.oid >= 16384
	   AND c.relnamespace NOT IN (SELECT h.oid FROM hidden h)
	   AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indexrelid = c.oid AND NOT i.indisvalid)
)
SELECT pg_catalog.concat_ws(' ', i.type, i.identity)
  FROM addresses a
 CROSS JOIN LATERAL pg_catalog.pg_identify_object(a.classid, a.objid, 0) i
 WHERE a.objid >= 16384
   AND a.classid <> ALL (ARRAY['pg_catalog.pg_class', 'pg_catalog.pg_trigger', 'pg_catalog.pg_constraint',
         'pg_catalog.pg_default_acl', 'pg_catalog.pg_user_mapping', 'pg_catalog.pg_subscription',
         'pg_catalog.pg_proc', 'pg_catalog.pg_rewrite']::pg_catalog.regclass[])
   AND (i.schema IS NULL OR i.schema !~ '^pg_(toast|temp)')
   AND i.identity !~ '^pg_(toast|temp)'
   AND NOT (a.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND EXISTS (SELECT
             FROM pg_catalog.pg_type t
            WHERE t.oid = a.objid AND t.typnamespace IN (SELECT h.oid FROM hidden h)))
   AND NOT (a.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND NOT EXISTS (SELECT
             FROM pg_catalog.pg_attrdef f JOIN relations r ON r.oid = f.adrelid WHERE f.oid = a.objid))
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'relation', r.called, r.relkind, r.relpersistence, r.relrowsecurity, r.relforcerowsecurity,
         r.relreplident, r.reloptions)
  FROM relations r
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'column', r.called, pg_catalog.quote_ident(a.attname),
         pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
         (SELECT pg_catalog.array_agg(o ORDER BY o) FROM pg_catalog.unnest(a.attoptions) o WHERE o !~ '^pg_'))
  FROM relations r
  JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'index', r.called, x.indrelid::pg_catalog.regclass, x.indisunique, x.indisclustered,
         x.indisreplident, x.indpred IS NOT NULL, x.indexprs IS NOT NULL, x.indnatts)
  FROM relations r
  JOIN pg_catalog.pg_index x ON x.indexrelid = r.oid
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'sequence', r.called, pg_catalog.format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement,
         s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
  FROM relations r
  JOIN pg_catalog.pg_sequence s ON s.seqrelid = r.oid
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'parent of', r.called, h.inhparent::pg_catalog.regclass)
  FROM relations r
  JOIN pg_catalog.pg_inherits h ON h.inhrelid = r.oid
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'constraint', COALESCE(r.called, c.contypid::pg_catalog.regtype::pg_catalog.text),
         pg_catalog.quote_ident(c.conname), c.contype, c.condeferrable, c.condeferred, c.convalidated)
  FROM pg_catalog.pg_constraint c
  LEFT JOIN relations r ON r.oid = c.conrelid
  LEFT JOIN addresses a ON a.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND a.objid = c.contypid AND c.contypid >= 16384
 WHERE (r.oid IS NOT NULL OR a.objid IS NOT NULL) AND c.contype NOT IN ('n', 't') AND c.conparentid = 0
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'trigger', r.called, pg_catalog.quote_ident(g.tgname), g.tgenabled, g.tgfoid::pg_catalog.regproc)
  FROM relations r
  JOIN pg_catalog.pg_trigger g ON g.tgrelid = r.oid AND NOT g.tgisinternal
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'rule', r.called, pg_catalog.quote_ident(w.rulename), w.ev_type, w.ev_enabled, w.is_instead)
  FROM relations r
  JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'routine', p.oid::pg_catalog.regprocedure, pg_catalog.format_type(p.prorettype, NULL), p.prokind,
         p.provolatile, p.prosecdef, p.proisstrict, p.proretset, p.proconfig, pg_catalog.md5(p.prosrc))
  FROM pg_catalog.pg_proc p
  JOIN addresses a ON a.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND a.objid = p.oid
 WHERE p.oid >= 16384 AND p.pronamespace NOT IN (SELECT h.oid FROM hidden h)
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'label', e.enumtypid::pg_catalog.regtype, pg_catalog.row_number() OVER (PARTITION BY e.enumtypid
         ORDER BY e.enumsortorder), pg_catalog.quote_literal(e.enumlabel))
  FROM pg_catalog.pg_enum e
  JOIN addresses a ON a.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND a.objid = e.enumtypid
UNION ALL
SELECT pg_catalog.concat_ws(' ', 'extension', x.extname) FROM pg_catalog.pg_extension x
