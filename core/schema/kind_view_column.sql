-- Views' columns are worth a mention only where something is said of them.
SELECT c.oid, a.attnum AS sub, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS identity,
       '1259.' || c.oid || '.0' AS _parent,
       quote_literal(d.description) AS comment
  FROM pg_description d
  JOIN pg_class c ON c.oid = d.objoid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
 WHERE d.classoid = 1259 AND d.objsubid > 0 AND c.relkind IN ('v', 'm') AND c.oid >= 16384
 ORDER BY n.nspname, c.relname, a.attnum
