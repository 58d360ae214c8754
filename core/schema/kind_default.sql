-- A child's is one where it differs from its parent's.
SELECT f.oid, 0 AS sub, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS identity,
       format('%I.%I', n.nspname, c.relname) AS _table, quote_ident(a.attname) AS _ident,
       '1259.' || c.oid || '.' || a.attnum AS _parent,
       CASE WHEN NOT a.attislocal OR c.relispartition THEN 't' END AS _apart,
       pg_get_expr(f.adbin, f.adrelid) AS expression
  FROM pg_attrdef f
  JOIN pg_class c ON c.oid = f.adrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.adnum
 WHERE a.attgenerated = '' AND c.oid >= 16384 AND c.relpersistence <> 't'
   AND (NOT (c.relispartition OR NOT a.attislocal)
        OR NOT EXISTS (SELECT FROM pg_inherits i
             JOIN pg_attribute pa ON pa.attrelid = i.inhparent AND pa.attname = a.attname
             JOIN pg_attrdef pf ON pf.adrelid = i.inhparent AND pf.adnum = pa.attnum
            WHERE i.inhrelid = c.oid
              AND pg_get_expr(pf.adbin, pf.adrelid) = pg_get_expr(f.adbin, f.adrelid)))
 ORDER BY n.nspname, c.relname, a.attnum
