SELECT n.revision,
       d.checksum,
       n.status IN ('started', 'statement') OR (n.status = 'failed' AND NOT n.transactional),
       n.direction = 'down',
       n.statements_done,
       n.checksum,
       pg_catalog.to_char(n.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS+00:00'),
       n.role || COALESCE(' on ' || n.host, ''),
       n.direction,
       n.status,
       n.id
  FROM (SELECT DISTINCT ON (revision) *
          FROM {schema}.migrate_journal
         ORDER BY revision, id DESC) n
  LEFT JOIN (SELECT DISTINCT ON (revision) revision, direction, checksum
               FROM {schema}.migrate_journal
              WHERE status = 'done'
              ORDER BY revision, id DESC) d
    ON d.revision = n.revision AND d.direction = 'up'
 ORDER BY n.revision COLLATE pg_catalog."C"
