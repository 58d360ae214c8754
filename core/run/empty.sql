SELECT NOT EXISTS (
	SELECT
	  FROM pg_catalog.pg_class c
	  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
	 WHERE n.nspname OPERATOR(pg_catalog.<>) ALL ('{pg_catalog,information_schema}'::pg_catalog.name[])
	   AND n.nspname OPERATOR(pg_catalog.!~) '^pg_(toast|temp)'
	   AND c.relname OPERATOR(pg_catalog.!~) '^(alembic_version|migrate_(attempt|journal))'
	)
