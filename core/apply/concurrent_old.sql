WITH target AS (
       SELECT COALESCE(i.indrelid, c.oid) AS oid
         FROM pg_catalog.pg_class c
         LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
        WHERE c.oid = pg_catalog.to_regclass($1)
     ), holder AS (
       SELECT l.pid, l.virtualtransaction
         FROM pg_catalog.pg_locks l
         JOIN target ON l.relation = target.oid
        WHERE l.locktype = 'relation'
          AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
          AND l.granted
          AND ($3::pg_catalog.bool OR l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareLock'))
     )
SELECT (SELECT pg_catalog.array_agg(a.pid)
          FROM pg_catalog.pg_stat_activity a
         WHERE a.datname = pg_catalog.current_database()
           AND a.pid <> pg_catalog.pg_backend_pid()
           AND a.xact_start < pg_catalog.clock_timestamp() - INTERVAL '1 minute'
           AND a.backend_type <> 'autovacuum worker'
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum v WHERE v.pid = a.pid)
           AND (($2::pg_catalog.bool AND a.backend_xmin IS NOT NULL) OR a.pid IN (SELECT pid FROM holder))),
       (SELECT pg_catalog.array_agg(p.transaction::pg_catalog.text)
          FROM pg_catalog.pg_prepared_xacts p
         WHERE p.database = pg_catalog.current_database()
           AND p.prepared < pg_catalog.clock_timestamp() - INTERVAL '1 minute'
           AND p.transaction::pg_catalog.text IN (
                 SELECT own.transactionid::pg_catalog.text
                   FROM pg_catalog.pg_locks own
                   JOIN holder USING (virtualtransaction)
                  WHERE own.locktype = 'transactionid' AND own.pid IS NULL))
