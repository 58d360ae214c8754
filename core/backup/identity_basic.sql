SELECT pg_catalog.current_setting('server_version'),
	pg_catalog.current_database()
