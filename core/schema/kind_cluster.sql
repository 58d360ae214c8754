SELECT c.oid, -2 AS sub, format('%I.%I', n.nspname, c.relname) AS identity,
       '1259.' || c.oid || '.0' AS _parent,
       quote_ident(x.relname) AS index,
       '1259.' || x.oid || '.0' AS _needs
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_class x ON x.oid = i.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE i.indisclustered AND c.oid >= 16384 AND c.relpersistence <> 't'
 ORDER BY n.nspname, c.relname
