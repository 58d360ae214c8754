SELECT pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1),
	pg_catalog.current_database(),
	CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_current_wal_lsn() END,
	(SELECT system_identifier FROM pg_catalog.pg_control_system())
