SELECT 'lock', pg_catalog.concat_ws(':', l.classid, l.objid, l.objsubid, l.mode)
  FROM pg_catalog.pg_locks l
 WHERE l.locktype = 'advisory'
   AND l.pid = pg_catalog.pg_backend_pid()
 UNION ALL
SELECT 'prepared', p.name
  FROM pg_catalog.pg_prepared_statements p
 WHERE p.from_sql
