WITH former AS (
	DELETE FROM {schema}.migrate_attempt
	 WHERE id OPERATOR(pg_catalog.=) $1::pg_catalog.int8
	   AND pg_catalog.to_char(begun AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') OPERATOR(pg_catalog.=) $2::pg_catalog.text
	RETURNING begun
), old AS (
	DELETE FROM {schema}.migrate_attempt
	 WHERE id OPERATOR(pg_catalog.<=) (SELECT id
	                                     FROM {schema}.migrate_attempt
	                                    ORDER BY id DESC
	                                   OFFSET 99
	                                    LIMIT 1)
)
INSERT INTO {schema}.migrate_attempt (begun, command, target, heads, pending, host, tool_version, database,
	backend, backend_begun)
SELECT COALESCE((SELECT former.begun FROM former), pg_catalog.clock_timestamp()),
       $3, $4, $5::pg_catalog.text[], $6::pg_catalog.text[], $7, $8, d.oid, s.pid, s.backend_start
  FROM pg_catalog.pg_database d
  LEFT JOIN pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) s ON $9::pg_catalog.bool
 WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
RETURNING id, pg_catalog.to_char(begun AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
