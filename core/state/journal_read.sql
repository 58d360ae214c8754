SELECT n.revision,
       CASE WHEN d.direction = 'up' THEN d.checksum END,
       n.status IN ('started', 'statement') OR (n.status = 'failed' AND NOT n.transactional) OR h.status IS NOT NULL,
       COALESCE(h.direction, n.direction) = 'down',
       COALESCE(h.statements_done, n.statements_done),
       COALESCE(h.checksum, n.checksum),
       pg_catalog.to_char(n.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS+00:00'),
       n.role || COALESCE(' on ' || n.host, ''),
       n.direction,
       n.status,
       n.id,
       d.direction = 'up',
       COALESCE(d.id, 0),
       COALESCE(s.id, 0),
       COALESCE(pg_catalog.array_to_string(s.parents, ','), ''),
       COALESCE(pg_catalog.array_to_string(d.parents, ','), ''),
       CASE WHEN d.direction = 'up' THEN NULLIF(d.options, 'no such column') END,
       n.options IS DISTINCT FROM 'no such column',
       pg_catalog.to_char(n.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
  FROM (SELECT j.*
          FROM (SELECT 'no such column'::pg_catalog.text AS options) outer_name
         CROSS JOIN LATERAL (SELECT DISTINCT ON (revision) revision, direction, status, transactional,
                                    statements_done, checksum, at, role, host, id, options
                               FROM {schema}.migrate_journal
                              ORDER BY revision, id DESC) j) n
  LEFT JOIN (SELECT j.*
               FROM (SELECT 'no such column'::pg_catalog.text AS options) outer_name
              CROSS JOIN LATERAL (SELECT DISTINCT ON (revision) revision, direction, checksum, id, parents, options
                                    FROM {schema}.migrate_journal
                                   WHERE status IN ('done', 'elsewhere', 'repaired', 'resolved')
                                   ORDER BY revision, id DESC) j) d
    ON d.revision = n.revision
  -- What was half done stays so where what came after it was rolled back.
  LEFT JOIN LATERAL (SELECT b.*
                       FROM (SELECT status, direction, statements_done, checksum
                               FROM {schema}.migrate_journal
                              WHERE revision = n.revision AND NOT (status = 'failed' AND transactional)
                              ORDER BY id DESC
                              LIMIT 1) b
                      WHERE b.status IN ('started', 'statement', 'failed')) h
    ON n.status = 'failed' AND n.transactional
  LEFT JOIN (SELECT id, parents
               FROM {schema}.migrate_journal
              WHERE status = 'done' AND direction = 'stamp'
              ORDER BY id DESC
              LIMIT 1) s
    ON true
 ORDER BY n.revision COLLATE pg_catalog."C"
