-- The tables that this role may analyse; the largest first.
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm', 'p')
   AND NOT c.relisshared
   AND n.nspname !~ '^pg_(toast|temp)'
   AND pg_catalog.pg_has_role(c.relowner, 'USAGE')
 ORDER BY CASE WHEN c.relkind <> 'p' THEN pg_catalog.pg_relation_size(c.oid) ELSE 0 END DESC
