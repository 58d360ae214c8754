-- That a table is a partition of another, which its own attributes say too. It ties defaults to those of the parent.
SELECT 0 AS oid, 0 AS sub, format('%I.%I of %I.%I', n.nspname, c.relname, hn.nspname, h.relname) AS identity,
       '1259.' || c.oid || '.0' AS _parent,
       (SELECT string_agg(format('2604.%s.0 2604.%s.0', o.oid, f.oid), ' ')
          FROM pg_attrdef o
          JOIN pg_attribute oa ON oa.attrelid = h.oid AND oa.attnum = o.adnum AND oa.attgenerated = ''
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = oa.attname
          JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum
         WHERE o.adrelid = h.oid AND pg_get_expr(f.adbin, f.adrelid) = pg_get_expr(o.adbin, o.adrelid)) AS _ties
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_inherits i ON i.inhrelid = c.oid
  JOIN pg_class h ON h.oid = i.inhparent
  JOIN pg_namespace hn ON hn.oid = h.relnamespace
 WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f') AND c.oid >= 16384
 ORDER BY n.nspname, c.relname
