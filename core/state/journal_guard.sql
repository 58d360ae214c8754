SELECT 1
  FROM (SELECT COALESCE((
          SELECT CASE WHEN status IN ('started', 'statement', 'failed') THEN statements_done ELSE -1 END
            FROM {schema}.migrate_journal
           WHERE revision = $1 AND NOT (status = 'failed' AND transactional)
           ORDER BY id DESC
           LIMIT 1), -1) AS done) newest
 WHERE newest.done = $2::pg_catalog.int4
