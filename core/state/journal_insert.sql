INSERT INTO {schema}.migrate_journal (revision, direction, status, transactional, parents, message,
	checksum, up, down, statements_done, statements_total, duration_ms, backup, error, sqlstate,
	host, tool_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
