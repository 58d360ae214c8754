SELECT a.pid,
       COALESCE(NULLIF(a.application_name, ''), a.backend_type, 'unknown'),
       a.usename,
       a.state,
       pg_catalog.ceil(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - COALESCE(a.state_change, a.backend_start))),
       pg_catalog.to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS"+00:00"') AS since,
       pg_catalog.left(a.query, 1000)
  FROM pg_catalog.pg_stat_activity a
 WHERE a.pid = ANY ($1::pg_catalog.int4[])
UNION ALL
SELECT 0,
       pg_catalog.quote_literal(p.gid),
       p.owner,
       'prepared',
       pg_catalog.ceil(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - p.prepared)),
       pg_catalog.to_char(p.prepared AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS"+00:00"'),
       ''
  FROM pg_catalog.pg_prepared_xacts p
 WHERE p.transaction::pg_catalog.text = ANY ($2::pg_catalog.text[])
 ORDER BY since, 1
