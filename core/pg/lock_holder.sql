SELECT l.pid,
	pg_catalog.concat(
		COALESCE(NULLIF(a.application_name, ''), a.usename, 'unknown'),
		' on ', COALESCE(pg_catalog.host(a.client_addr), 'the server''s host'),
		', ', COALESCE(a.state, 'in an unknown state'),
		CASE WHEN a.state_change IS NOT NULL THEN ' for ' || CAST(
			GREATEST(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.state_change), 0)
			AS pg_catalog.int8) || ' s' END),
	pg_catalog.left(a.query, 1000)
FROM pg_catalog.pg_locks AS l
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
	AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d
		WHERE d.datname = pg_catalog.current_database())
	AND (l.classid::pg_catalog.int8 << 32 | l.objid::pg_catalog.int8) = $1::pg_catalog.int8
LIMIT 1
