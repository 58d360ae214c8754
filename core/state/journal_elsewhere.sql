INSERT INTO {schema}.migrate_journal (revision, direction, status, transactional, statements_done,
	statements_total, duration_ms, host, tool_version)
SELECT e.revision, $2, 'elsewhere', true, 0, 0, 0, $3, $4
  FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY e (revision, position)
 ORDER BY e.position
