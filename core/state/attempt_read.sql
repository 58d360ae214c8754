SELECT a.id,
       pg_catalog.to_char(a.begun AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
       pg_catalog.to_char(a.ended AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
       a.command,
       a.target,
       pg_catalog.array_to_string(a.heads, ','),
       pg_catalog.array_to_string(a.pending, ','),
       a.steps_done,
       a.status,
       a.error,
       a.sqlstate,
       a.backup,
       pg_catalog.concat(a.role, ' on ' || a.host),
       a.tool_version,
       CASE WHEN a.ended IS NOT NULL THEN 'ended'
            WHEN a.database OPERATOR(pg_catalog.<>) d.oid THEN 'copied'
            WHEN pg_catalog.pg_is_in_recovery() THEN 'running'
            WHEN a.backend IS NULL THEN 'unknown'
            WHEN EXISTS (SELECT
                           FROM pg_catalog.pg_stat_get_activity(a.backend) s
                          WHERE s.backend_start IS NULL
                             OR s.backend_start OPERATOR(pg_catalog.=) a.backend_begun) THEN 'running'
            ELSE 'vanished' END,
       a.database OPERATOR(pg_catalog.=) d.oid,
       COALESCE(pg_catalog.date_part('epoch', a.ended OPERATOR(pg_catalog.-) a.begun) OPERATOR(pg_catalog.*) 1000,
                -1)::pg_catalog.int8,
       (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) COALESCE(a.ended, a.begun))
        OPERATOR(pg_catalog.*) 1000)::pg_catalog.int8
  FROM {schema}.migrate_attempt a
  JOIN pg_catalog.pg_database d ON d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
 ORDER BY a.id DESC
 LIMIT 100
