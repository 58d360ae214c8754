SELECT up, down, pg_catalog.array_to_string(parents, ','), message
  FROM {schema}.migrate_journal
 WHERE revision = $1 AND direction = 'up' AND up IS NOT NULL AND status <> 'failed'
 ORDER BY id DESC
 LIMIT 1
