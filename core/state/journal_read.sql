SELECT n.revision,
       CASE WHEN d.direction = 'up' THEN d.checksum END,
       n.status IN ('started', 'statement') OR (n.status = 'failed' AND NOT n.transactional),
       n.direction = 'down',
       n.statements_done,
       n.checksum,
       pg_catalog.to_char(n.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS+00:00'),
       n.role || COALESCE(' on ' || n.host, ''),
       n.direction,
       n.status,
       n.id,
       d.direction = 'up',
       COALESCE(d.id, 0),
       COALESCE(s.id, 0),
       COALESCE(pg_catalog.array_to_string(s.parents, ','), ''),
       COALESCE(pg_catalog.array_to_string(d.parents, ','), '')
  FROM (SELECT DISTINCT ON (revision) *
          FROM {schema}.migrate_journal
         ORDER BY revision, id DESC) n
  LEFT JOIN (SELECT DISTINCT ON (revision) revision, direction, checksum, id, parents
               FROM {schema}.migrate_journal
              WHERE status IN ('done', 'elsewhere', 'repaired', 'resolved')
              ORDER BY revision, id DESC) d
    ON d.revision = n.revision
  LEFT JOIN (SELECT id, parents
               FROM {schema}.migrate_journal
              WHERE status = 'done' AND direction = 'stamp'
              ORDER BY id DESC
              LIMIT 1) s
    ON true
 ORDER BY n.revision COLLATE pg_catalog."C"
