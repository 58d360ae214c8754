SELECT e.oid, 0 AS sub, quote_ident(e.extname) AS identity,
       quote_ident(n.nspname) AS schema
  FROM pg_extension e
  JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.oid >= 16384
 ORDER BY e.extname
