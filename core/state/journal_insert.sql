INSERT INTO {schema}.migrate_journal (revision, direction, status, transactional, parents, message,
	checksum, up, down, statements_done, statements_total, duration_ms, backup, error, sqlstate,
	host, tool_version{column})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, coalesce($12, pg_catalog.date_part('epoch',
	pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) pg_catalog.now()) OPERATOR(pg_catalog.*) 1000),
	$13, $14, $15, $16, $17{value})
