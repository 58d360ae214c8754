UPDATE {schema}.migrate_attempt
   SET ended = pg_catalog.clock_timestamp(), steps_done = $2, status = $3, error = $4, sqlstate = $5, backup = $6
 WHERE id OPERATOR(pg_catalog.=) $1::pg_catalog.int8
   AND pg_catalog.to_char(begun AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') OPERATOR(pg_catalog.=) $7::pg_catalog.text
