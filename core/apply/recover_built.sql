SELECT 1
  FROM pg_catalog.pg_index wanted
  JOIN pg_catalog.pg_index i
    ON i.indrelid = pg_catalog.to_regclass($1)
   AND i.indisvalid
   AND i.indisunique = wanted.indisunique
   AND pg_catalog.substring(pg_catalog.pg_get_indexdef(i.indexrelid), ' USING .*')
     = pg_catalog.substring(pg_catalog.pg_get_indexdef(wanted.indexrelid), ' USING .*')
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
 WHERE wanted.indrelid = 'pg_temp.migrate_twin'::pg_catalog.regclass
   AND ($2::pg_catalog.text IS NULL OR c.relname = (pg_catalog.parse_ident($2))[1])
