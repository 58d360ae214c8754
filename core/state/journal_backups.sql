SELECT j.backup, pg_catalog.bool_or(j.id = ANY (ARRAY(
         SELECT pg_catalog.max(s.id)
           FROM (SELECT DISTINCT ON (revision) revision, status, transactional
                   FROM {schema}.migrate_journal
                  WHERE NOT (status = 'failed' AND transactional)
                  ORDER BY revision, id DESC) n
           JOIN {schema}.migrate_journal s ON s.revision = n.revision AND s.status = 'started'
          WHERE n.status IN ('started', 'statement', 'failed')
          GROUP BY s.revision)))
  FROM {schema}.migrate_journal j
 WHERE j.backup IS NOT NULL
 GROUP BY j.backup
