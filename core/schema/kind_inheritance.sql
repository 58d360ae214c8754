-- Of tables that are no partitions. It ties a child's columns and checks to those of its parent.
SELECT 0 AS oid, 0 AS sub, format('%I.%I from %I.%I', n.nspname, c.relname, hn.nspname, h.relname) AS identity,
       format('%I.%I', n.nspname, c.relname) AS _table, format('%I.%I', hn.nspname, h.relname) AS _from,
       '1259.' || c.oid || '.0' AS _parent,
       '1259.' || h.oid || '.0' AS _needs,
       (SELECT string_agg(t.key, ' ')
          FROM (SELECT format('1259.%s.%s 1259.%s.%s', h.oid, o.attnum, c.oid, a.attnum)
                  FROM pg_attribute o JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = o.attname
                 WHERE o.attrelid = h.oid AND o.attnum > 0 AND NOT o.attisdropped
                 UNION ALL
                SELECT format('2606.%s.0 2606.%s.0', o.oid, k.oid)
                  FROM pg_constraint o JOIN pg_constraint k ON k.conrelid = c.oid AND k.conname = o.conname
                 WHERE o.conrelid = h.oid AND o.contype = 'c' AND NOT o.connoinherit
                 UNION ALL
                SELECT format('2604.%s.0 2604.%s.0', o.oid, f.oid)
                  FROM pg_attrdef o
                  JOIN pg_attribute oa ON oa.attrelid = h.oid AND oa.attnum = o.adnum
                  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = oa.attname
                  JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum
                 WHERE o.adrelid = h.oid
                   AND pg_get_expr(f.adbin, f.adrelid) = pg_get_expr(o.adbin, o.adrelid)) t (key)) AS _ties
  FROM pg_inherits i
  JOIN pg_class c ON c.oid = i.inhrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class h ON h.oid = i.inhparent
  JOIN pg_namespace hn ON hn.oid = h.relnamespace
 WHERE c.relkind IN ('r', 'f') AND NOT c.relispartition AND c.oid >= 16384 AND c.relpersistence <> 't'
 ORDER BY n.nspname, c.relname, i.inhseqno
