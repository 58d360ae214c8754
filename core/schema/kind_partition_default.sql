-- A partition's default that is its parent's, and goes with that.
SELECT f.oid, 0 AS sub, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS identity,
       format('%I.%I', n.nspname, c.relname) AS _table, quote_ident(a.attname) AS _ident,
       '2604.' || pf.oid || '.0 1259.' || c.oid || '.' || a.attnum AS _parent
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_inherits i ON i.inhrelid = c.oid
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.atthasdef AND a.attgenerated = ''
  JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum
  JOIN pg_attribute pa ON pa.attrelid = i.inhparent AND pa.attname = a.attname
  JOIN pg_attrdef pf ON pf.adrelid = i.inhparent AND pf.adnum = pa.attnum
 WHERE c.relispartition AND c.oid >= 16384 AND pg_get_expr(f.adbin, f.adrelid) = pg_get_expr(pf.adbin, pf.adrelid)
 ORDER BY n.nspname, c.relname, a.attnum
