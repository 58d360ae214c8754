SELECT COALESCE(pg_catalog.max(id), 0)
  FROM {schema}.migrate_journal
 WHERE NOT (status = 'failed' AND transactional)
