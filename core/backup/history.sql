SELECT COALESCE(pg_catalog.pg_read_file('pg_wal/' || pg_catalog.upper(pg_catalog.lpad(
         pg_catalog.to_hex($1::pg_catalog.int4), 8, '0')) || '.history', 0, 1048576, true),
       CASE WHEN $1::pg_catalog.int4 OPERATOR(pg_catalog.=) 1 THEN '' END)
