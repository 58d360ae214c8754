SELECT pg_catalog.string_agg(
         pg_catalog.format('pid %s (%s as %s, %s for %s s): %s', a.pid,
           COALESCE(NULLIF(a.application_name, ''), a.backend_type), a.usename,
           COALESCE(a.state, 'running'),
           pg_catalog.ceil(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - COALESCE(a.state_change, a.backend_start))),
           pg_catalog.left(pg_catalog.regexp_replace(a.query, '\s+', ' ', 'g'), 80)),
         '; ' ORDER BY a.pid),
       pg_catalog.string_agg(a.pid::pg_catalog.text, ',' ORDER BY a.pid)
  FROM pg_catalog.pg_stat_activity a
 WHERE a.pid = ANY (pg_catalog.pg_blocking_pids($1::pg_catalog.int4))
