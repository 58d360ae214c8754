-- A child's is a copy where it is its parent's. A child's column that has none
-- where a parent's has one says so itself. The server gives a parent's to all below it, whatever they had.
SELECT f.oid, f.sub, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS identity,
       format('%I.%I', n.nspname, c.relname) AS _table, quote_ident(a.attname) AS _ident,
       '1259.' || c.oid || '.' || a.attnum AS _parent,
       CASE WHEN f.sub > 0 OR c.reloftype <> 0 OR ((NOT a.attislocal OR c.relispartition) AND h.same IS NULL) THEN 't' END AS _apart,
       h.same AS _copies, h.others AS _overrides,
       CASE WHEN f.tree ~ '\{NEXTVALUEEXPR'
                 OR EXISTS (SELECT FROM regexp_matches(f.tree, ':(?:op)?funcid (\d+)', 'g') m
                              JOIN pg_proc p ON p.oid = m[1]::oid WHERE p.provolatile = 'v') THEN 't' END AS _volatile,
       coalesce(f.expression, 'NULL') AS expression,
       coalesce('SET DEFAULT ' || f.expression, 'DROP DEFAULT') AS _set
  FROM (SELECT oid, 0 AS sub, adrelid, adnum, pg_get_expr(adbin, adrelid) AS expression, adbin::text AS tree FROM pg_attrdef
         UNION ALL
        SELECT DISTINCT a.attrelid, a.attnum, a.attrelid, a.attnum, NULL, NULL
          FROM pg_inherits i
          JOIN pg_attrdef pf ON pf.adrelid = i.inhparent
          JOIN pg_attribute pa ON pa.attrelid = i.inhparent AND pa.attnum = pf.adnum AND pa.attgenerated = ''
          JOIN pg_attribute a ON a.attrelid = i.inhrelid AND a.attname = pa.attname AND NOT a.atthasdef) f
  JOIN pg_class c ON c.oid = f.adrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.adnum
  LEFT JOIN LATERAL (SELECT string_agg('2604.' || pf.oid || '.0', ' ' ORDER BY i.inhseqno)
                            FILTER (WHERE x.is_same) AS same,
                            string_agg('2604.' || pf.oid || '.0', ' ' ORDER BY i.inhseqno)
                            FILTER (WHERE NOT x.is_same) AS others
                       FROM pg_inherits i
                       JOIN pg_attribute pa ON pa.attrelid = i.inhparent AND pa.attname = a.attname
                       JOIN pg_attrdef pf ON pf.adrelid = i.inhparent AND pf.adnum = pa.attnum
                      CROSS JOIN LATERAL (SELECT coalesce(pg_get_expr(pf.adbin, pf.adrelid) = f.expression, false)
                                                 AS is_same) x
                      WHERE a.attinhcount > 0 AND i.inhrelid = c.oid) h ON true
 WHERE a.attgenerated = '' AND (a.atthasdef OR a.attinhcount > 0) AND c.oid >= 16384 AND c.relpersistence <> 't'
 ORDER BY n.nspname, c.relname, a.attnum
