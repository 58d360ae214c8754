WITH mine AS (
	SELECT n.oid, n.nspname
	  FROM pg_catalog.pg_namespace n
	 WHERE n.nspname !~ '^pg_(catalog$|toast|temp)' AND n.nspname <> 'information_schema'
), members AS (
	SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), relations AS (
	SELECT c.*, pg_catalog.format('%I.%I', n.nspname, c.relname) AS called
	  FROM pg_catalog.pg_class c
	  JOIN mine n ON n.oid = c.relnamespace
	 WHERE c.relname !~ '^(alembic_version|migrate_(attempt|journal))'
	   AND NOT EXISTS (SELECT FROM members m
	        WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND m.objid = c.oid)
), types AS (
	SELECT t.*, pg_catalog.format('%I.%I', n.nspname, t.typname) AS called
	  FROM pg_catalog.pg_type t
	  JOIN mine n ON n.oid = t.typnamespace
	 WHERE NOT EXISTS (SELECT FROM members m
	        WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND m.objid = t.oid)
)
SELECT pg_catalog.concat('schema ', n.nspname, ' owner ', pg_catalog.pg_get_userbyid(s.nspowner), ' ', s.nspacl)
  FROM mine n JOIN pg_catalog.pg_namespace s ON s.oid = n.oid
UNION ALL
SELECT pg_catalog.concat('extension ', x.extname) FROM pg_catalog.pg_extension x
UNION ALL
SELECT pg_catalog.concat(CASE r.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
         WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'composite type' END, ' ', r.called,
         ' owner ', pg_catalog.pg_get_userbyid(r.relowner), CASE r.relpersistence WHEN 'u' THEN ' unlogged' END,
         CASE WHEN r.relrowsecurity THEN ' row security' END, CASE WHEN r.relforcerowsecurity THEN ' forced' END,
         CASE WHEN r.relreplident <> 'd' THEN ' replica identity ' || r.relreplident::pg_catalog.text END,
         ' ' || r.reloptions::pg_catalog.text, ' ' || pg_catalog.pg_get_partkeydef(r.oid),
         ' ' || pg_catalog.pg_get_expr(r.relpartbound, r.oid), ' ' || r.relacl::pg_catalog.text,
         CASE WHEN r.relkind IN ('v', 'm') THEN E'\n' || pg_catalog.pg_get_viewdef(r.oid) END)
  FROM relations r WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
UNION ALL
SELECT pg_catalog.concat('column ', r.called, '.', pg_catalog.quote_ident(a.attname), ' ',
         pg_catalog.format_type(a.atttypid, a.atttypmod),
         CASE WHEN a.attcollation <> t.typcollation THEN ' collate ' || a.attcollation::pg_catalog.regcollation::pg_catalog.text END,
         CASE WHEN a.attnotnull THEN ' not null' END, ' default ' || pg_catalog.pg_get_expr(f.adbin, f.adrelid),
         CASE WHEN a.attidentity <> '' THEN ' identity ' || a.attidentity::pg_catalog.text END,
         CASE WHEN a.attgenerated <> '' THEN ' generated ' || a.attgenerated::pg_catalog.text END,
         CASE WHEN a.attstorage <> t.typstorage THEN ' storage ' || a.attstorage::pg_catalog.text END,
         CASE WHEN NOT a.attislocal THEN ' inherited' END, ' ' || a.attacl::pg_catalog.text,
         (SELECT pg_catalog.string_agg(' ' || o, '' ORDER BY o) FROM pg_catalog.unnest(a.attoptions) o
           WHERE o !~ '^pg_'))
  FROM relations r
  JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
 WHERE r.relkind IN ('r', 'p', 'm', 'f', 'c')
UNION ALL
SELECT pg_catalog.concat('inheritance ', r.called, ' of ', h.inhparent::pg_catalog.regclass)
  FROM relations r JOIN pg_catalog.pg_inherits h ON h.inhrelid = r.oid WHERE r.relkind IN ('r', 'p', 'f')
UNION ALL
SELECT pg_catalog.concat('constraint ', COALESCE(r.called, t.called), '.', pg_catalog.quote_ident(o.conname), ' ',
         pg_catalog.pg_get_constraintdef(o.oid))
  FROM pg_catalog.pg_constraint o
  LEFT JOIN relations r ON r.oid = o.conrelid
  LEFT JOIN types t ON t.oid = o.contypid
 WHERE (r.oid IS NOT NULL OR t.oid IS NOT NULL) AND o.contype NOT IN ('n', 't')
UNION ALL
SELECT pg_catalog.concat('index ', pg_catalog.pg_get_indexdef(r.oid), CASE WHEN NOT i.indisvalid THEN ' invalid' END,
         CASE WHEN i.indisclustered THEN ' clustered' END, CASE WHEN i.indisreplident THEN ' replica identity' END)
  FROM relations r JOIN pg_catalog.pg_index i ON i.indexrelid = r.oid
UNION ALL
SELECT pg_catalog.concat('sequence ', r.called, ' ', pg_catalog.format_type(s.seqtypid, NULL), ' start ', s.seqstart,
         ' by ', s.seqincrement, ' from ', s.seqmin, ' to ', s.seqmax, ' cache ', s.seqcache,
         CASE WHEN s.seqcycle THEN ' cycle' END, ' owner ', pg_catalog.pg_get_userbyid(r.relowner), ' ', r.relacl,
         ' of ' || d.refobjid::pg_catalog.regclass::pg_catalog.text || '.' || a.attname)
  FROM relations r
  JOIN pg_catalog.pg_sequence s ON s.seqrelid = r.oid
  LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = r.oid
       AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
UNION ALL
SELECT pg_catalog.concat('type ', t.called, ' ', t.typtype, ' owner ', pg_catalog.pg_get_userbyid(t.typowner), ' ',
         (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
            FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
         CASE t.typtype WHEN 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END,
         CASE WHEN t.typtype = 'd' AND t.typnotnull THEN ' not null' END, ' default ' || t.typdefault,
         ' subtype ' || (SELECT g.rngsubtype::pg_catalog.regtype::pg_catalog.text
            FROM pg_catalog.pg_range g WHERE g.rngtypid = t.oid), ' ' || t.typacl::pg_catalog.text)
  FROM types t
 WHERE t.typtype IN ('e', 'd', 'r', 'm') OR t.typtype = 'b' AND t.typelem = 0
UNION ALL
SELECT pg_catalog.concat('routine ', p.oid::pg_catalog.regprocedure, ' owner ', pg_catalog.pg_get_userbyid(p.proowner),
         ' ', p.proacl, CASE WHEN p.prokind <> 'a' THEN E'\n' || pg_catalog.pg_get_functiondef(p.oid) END)
  FROM pg_catalog.pg_proc p
  JOIN mine n ON n.oid = p.pronamespace
 WHERE NOT EXISTS (SELECT FROM members m
        WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND m.objid = p.oid)
UNION ALL
SELECT pg_catalog.concat('trigger ', pg_catalog.pg_get_triggerdef(g.oid), ' ', g.tgenabled)
  FROM relations r JOIN pg_catalog.pg_trigger g ON g.tgrelid = r.oid AND NOT g.tgisinternal
UNION ALL
SELECT pg_catalog.concat('rule ', r.called, ' ', pg_catalog.pg_get_ruledef(w.oid))
  FROM relations r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'
UNION ALL
SELECT pg_catalog.concat('policy ', r.called, '.', pg_catalog.quote_ident(p.polname), ' ', p.polcmd, p.polpermissive,
         ' to ', (SELECT pg_catalog.string_agg(CASE u WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(u) END, ', ')
            FROM pg_catalog.unnest(p.polroles) u),
         ' using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid),
         ' check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
  FROM relations r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid
UNION ALL
SELECT pg_catalog.concat('statistics ', pg_catalog.pg_get_statisticsobjdef(s.oid))
  FROM relations r JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid = r.oid
UNION ALL
SELECT pg_catalog.concat('event trigger ', v.evtname, ' ', v.evtevent, ' ', v.evtfoid::pg_catalog.regproc, ' ', v.evtenabled)
  FROM pg_catalog.pg_event_trigger v
UNION ALL
SELECT pg_catalog.concat('publication ', p.pubname, ' ', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, ' ',
         (SELECT pg_catalog.string_agg(l.prrelid::pg_catalog.regclass::pg_catalog.text, ', ' ORDER BY 1)
            FROM pg_catalog.pg_publication_rel l WHERE l.prpubid = p.oid))
  FROM pg_catalog.pg_publication p
UNION ALL
SELECT pg_catalog.concat('default privileges of ', pg_catalog.pg_get_userbyid(d.defaclrole), ' in ',
         d.defaclnamespace::pg_catalog.regnamespace, ' for ', d.defaclobjtype, ' ', d.defaclacl)
  FROM pg_catalog.pg_default_acl d
UNION ALL
SELECT pg_catalog.concat('comment on ', i.type, ' ', i.identity, ': ', d.description)
  FROM pg_catalog.pg_description d
  CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
 WHERE d.objoid >= 16384
