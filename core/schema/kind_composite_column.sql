SELECT c.oid, a.attnum AS sub, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS identity,
       format('%I.%I', n.nspname, c.relname) AS _type, quote_ident(a.attname) AS _ident,
       '1247.' || c.reltype || '.0' AS _parent,
       format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN a.attcollation <> b.typcollation
            THEN (SELECT format('%I.%I', cn.nspname, k.collname)
                    FROM pg_collation k JOIN pg_namespace cn ON cn.oid = k.collnamespace
                   WHERE k.oid = a.attcollation) END AS collation,
       quote_literal(d.description) AS comment
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type b ON b.oid = a.atttypid
  LEFT JOIN pg_description d ON d.classoid = 1259 AND d.objoid = c.oid AND d.objsubid = a.attnum
 WHERE c.relkind = 'c' AND c.oid >= 16384
 ORDER BY n.nspname, c.relname, a.attnum
