SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), 'ours'
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT i.indisvalid
   AND c.relkind = 'i'
   AND i.indrelid = pg_catalog.to_regclass($1)
   AND ($2::pg_catalog.text IS NULL OR c.relname = (pg_catalog.parse_ident($2))[1])
