-- A fact of its own, since a sequence comes before the column's default and the column before its owner.
SELECT c.oid, 1 AS sub, format('%I.%I', n.nspname, c.relname) AS identity,
       '1259.' || c.oid || '.0' AS _parent,
       format('%I.%I.%I', tn.nspname, t.relname, a.attname) AS _owned,
       '1259.' || t.oid || '.' || a.attnum AS _needs,
       x.fold AS _fold, CASE WHEN x.fold IS NULL THEN 't' END AS _apart,
       format('%I.%I.%I', tn.nspname, t.relname, a.attname) AS owned_by
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_sequence s ON s.seqrelid = c.oid
  JOIN pg_depend d ON d.classid = 1259 AND d.objid = c.oid AND d.refclassid = 1259
       AND d.deptype = 'a' AND d.refobjsubid > 0
  JOIN pg_class t ON t.oid = d.refobjid
  JOIN pg_namespace tn ON tn.oid = t.relnamespace
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
  LEFT JOIN pg_attrdef f ON f.adrelid = t.oid AND f.adnum = a.attnum
 CROSS JOIN LATERAL (SELECT CASE WHEN a.attislocal AND NOT t.relispartition AND t.reloftype = 0
                                AND c.relname = t.relname || '_' || a.attname || '_seq' AND c.relnamespace = t.relnamespace
                                AND c.relpersistence = t.relpersistence AND s.seqtypid = a.atttypid
                                AND s.seqstart = 1 AND s.seqincrement = 1 AND s.seqmin = 1 AND s.seqcache = 1
                                AND NOT s.seqcycle
                                AND s.seqmax = CASE s.seqtypid WHEN 20 THEN 9223372036854775807
                                                               WHEN 23 THEN 2147483647 ELSE 32767 END
                                AND NOT EXISTS (SELECT FROM pg_description e WHERE e.classoid = 1259
                                                AND e.objoid = c.oid AND e.objsubid = 0)
                                AND pg_get_expr(f.adbin, f.adrelid)
                                    = format('nextval(%L::regclass)', format('%I.%I', n.nspname, c.relname))
                           THEN '1259.' || t.oid || '.' || a.attnum END AS fold OFFSET 0) x
 WHERE c.relkind = 'S' AND c.oid >= 16384 AND c.relpersistence <> 't'
 ORDER BY n.nspname, c.relname
