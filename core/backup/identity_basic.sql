SELECT pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1),
	pg_catalog.current_database()
