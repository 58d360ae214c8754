SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT i.indisvalid
   AND c.relkind = 'i'
   AND n.nspname <> 'pg_toast'
   AND c.relname ~ '_cc(new|old)[0-9]*$'
