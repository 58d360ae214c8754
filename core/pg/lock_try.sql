SELECT CASE WHEN pg_catalog.pg_backend_pid() = $1::pg_catalog.int4
	THEN pg_catalog.pg_try_advisory_lock($2::pg_catalog.int8) END
