SELECT 1
  FROM (SELECT COALESCE((
          SELECT CASE WHEN status IN ('started', 'statement') OR (status = 'failed' AND NOT transactional)
                      THEN statements_done ELSE -1 END
            FROM {schema}.migrate_journal
           WHERE revision = $1
           ORDER BY id DESC
           LIMIT 1), -1) AS done) newest
 WHERE newest.done = $2::pg_catalog.int4
