SELECT *
  FROM (SELECT id, pg_catalog.to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), revision,
               direction, status, statements_done, statements_total, duration_ms,
               role || COALESCE(' on ' || host, ''), backup, error, sqlstate, message, tool_version,
               pg_catalog.to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
          FROM {schema}.migrate_journal
         WHERE $1::pg_catalog.text IS NULL OR revision = $1
         ORDER BY id DESC
         LIMIT $2::pg_catalog.int8) newest
 ORDER BY id
