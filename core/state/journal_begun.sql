SELECT backup
  FROM {schema}.migrate_journal
 WHERE revision = $1 AND status = 'started'
 ORDER BY id DESC
 LIMIT 1
