WITH RECURSIVE given (classid, objid, objsubid, shared, again) AS (
  SELECT l.classid::pg_catalog.int8,
         l.objid::pg_catalog.int8,
         l.objsubid,
         l.mode = 'ShareLock',
         true
    FROM pg_catalog.pg_locks l
   WHERE l.locktype = 'advisory'
     AND l.pid = pg_catalog.pg_backend_pid()
     AND pg_catalog.concat_ws(':', l.classid, l.objid, l.objsubid, l.mode)
         <> ALL ($1::pg_catalog.text[])
   UNION ALL
  SELECT g.classid, g.objid, g.objsubid, g.shared,
         CASE WHEN g.objsubid = 1 AND g.shared
              THEN pg_catalog.pg_advisory_unlock_shared(g.classid << 32 | g.objid)
              WHEN g.objsubid = 1
              THEN pg_catalog.pg_advisory_unlock(g.classid << 32 | g.objid)
              WHEN g.shared
              THEN pg_catalog.pg_advisory_unlock_shared(
                     g.classid::pg_catalog.bit(32)::pg_catalog.int4,
                     g.objid::pg_catalog.bit(32)::pg_catalog.int4)
              ELSE pg_catalog.pg_advisory_unlock(
                     g.classid::pg_catalog.bit(32)::pg_catalog.int4,
                     g.objid::pg_catalog.bit(32)::pg_catalog.int4)
         END
    FROM given g
   WHERE g.again
)
SELECT pg_catalog.count(*) FROM given
