SELECT n.oid, 0 AS sub, quote_ident(n.nspname) AS identity,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(n.nspowner), current_user)) AS owner
  FROM pg_namespace n
  LEFT JOIN pg_description d ON d.classoid = 2615 AND d.objoid = n.oid
 WHERE n.nspname = 'public' OR (n.oid >= 16384 AND n.nspname !~ '^pg_(temp|toast)')
 ORDER BY n.nspname
