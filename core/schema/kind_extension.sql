-- A comment is the extension's own unless somebody gave it another. The files that say so are read at most
-- once, and not at all where there are no extensions.
WITH available AS MATERIALIZED (SELECT name, comment FROM pg_available_extensions())
SELECT e.oid, 0 AS sub, quote_ident(e.extname) AS identity,
       quote_ident(n.nspname) AS schema, CASE WHEN NOT e.extrelocatable THEN 't' END AS _fixed,
       nullif(quote_nullable(d.description), w.own) AS comment, w.own AS _own_comment
  FROM pg_extension e
  JOIN pg_namespace n ON n.oid = e.extnamespace
  LEFT JOIN pg_description d ON d.classoid = 3079 AND d.objoid = e.oid AND d.objsubid = 0
  CROSS JOIN LATERAL (SELECT quote_nullable((SELECT a.comment FROM available a WHERE a.name = e.extname)) AS own) w
 WHERE e.oid >= 16384
 ORDER BY e.extname
