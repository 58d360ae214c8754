-- A partition's is one where it differs from its parent's; a child's is a copy where it does not.
SELECT f.oid, 0 AS sub, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS identity,
       format('%I.%I', n.nspname, c.relname) AS _table, quote_ident(a.attname) AS _ident,
       '1259.' || c.oid || '.' || a.attnum AS _parent,
       CASE WHEN (NOT a.attislocal OR c.relispartition) AND h.same IS NULL THEN 't' END AS _apart,
       h.same AS _copies, h.others AS _follows,
       pg_get_expr(f.adbin, f.adrelid) AS expression
  FROM pg_attrdef f
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
                      CROSS JOIN LATERAL (SELECT pg_get_expr(pf.adbin, pf.adrelid)
                                                 = pg_get_expr(f.adbin, f.adrelid) AS is_same) x
                      WHERE a.attinhcount > 0 AND i.inhrelid = c.oid) h ON true
 WHERE a.attgenerated = '' AND c.oid >= 16384 AND c.relpersistence <> 't'
   AND NOT (c.relispartition AND h.same IS NOT NULL)
 ORDER BY n.nspname, c.relname, a.attnum
