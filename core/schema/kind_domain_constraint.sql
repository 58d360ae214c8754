SELECT c.oid, 0 AS sub, format('%I.%I.%I', n.nspname, t.typname, c.conname) AS identity,
       format('%I.%I', n.nspname, t.typname) AS _domain, quote_ident(c.conname) AS _ident,
       '1247.' || t.oid || '.0' AS _parent,
       regexp_replace(pg_get_constraintdef(c.oid), ' NOT VALID$', '') AS definition,
       CASE WHEN NOT c.convalidated THEN 'NOT VALID' END AS validity,
       CASE WHEN NOT c.convalidated THEN 't' END AS _apart,
       quote_literal(d.description) AS comment
  FROM pg_constraint c
  JOIN pg_type t ON t.oid = c.contypid
  JOIN pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_description d ON d.classoid = 2606 AND d.objoid = c.oid
 WHERE c.contype = 'c' AND c.oid >= 16384
 ORDER BY n.nspname, t.typname, c.conname
