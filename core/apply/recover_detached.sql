SELECT CASE WHEN i.inhrelid IS NULL THEN 'detached' WHEN i.inhdetachpending THEN 'pending' ELSE 'attached' END
  FROM pg_catalog.pg_class c
  LEFT JOIN pg_catalog.pg_inherits i
    ON i.inhrelid = c.oid AND i.inhparent = pg_catalog.to_regclass($1)
 WHERE c.oid = pg_catalog.to_regclass($2)
