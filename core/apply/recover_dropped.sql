SELECT 1 WHERE pg_catalog.to_regclass($1) IS NULL
