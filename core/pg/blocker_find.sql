WITH RECURSIVE chain(pid, behind) AS (
       SELECT $1::pg_catalog.int4, pg_catalog.pg_blocking_pids($1::pg_catalog.int4)
        UNION
       SELECT b.pid, pg_catalog.pg_blocking_pids(b.pid)
         FROM chain, pg_catalog.unnest(chain.behind) AS b(pid)
        WHERE b.pid <> pg_catalog.pg_backend_pid()
     ), seen AS MATERIALIZED (
       SELECT pid, behind, behind = '{}' AS moves
         FROM chain
        LIMIT 64
     ), head AS (
       SELECT DISTINCT pid
         FROM seen
        WHERE pid <> $1::pg_catalog.int4
          AND (moves OR NOT EXISTS (SELECT FROM seen WHERE moves))
     )
SELECT pg_catalog.array_agg(pid),
       CASE WHEN 0 = ANY (pg_catalog.array_agg(pid)) THEN (
         SELECT pg_catalog.array_agg(DISTINCT own.transactionid::pg_catalog.text)
           FROM seen
           JOIN pg_catalog.pg_locks wanted ON wanted.pid = seen.pid AND NOT wanted.granted
           JOIN pg_catalog.pg_locks held
             ON held.pid IS NULL
            AND held.granted
            AND (held.mode <> 'AccessShareLock' OR wanted.mode = 'AccessExclusiveLock')
            AND (held.locktype, held.database, held.relation, held.page, held.tuple, held.virtualxid,
                 held.transactionid, held.classid, held.objid, held.objsubid)
                IS NOT DISTINCT FROM
                (wanted.locktype, wanted.database, wanted.relation, wanted.page, wanted.tuple, wanted.virtualxid,
                 wanted.transactionid, wanted.classid, wanted.objid, wanted.objsubid)
           JOIN pg_catalog.pg_locks own
             ON own.pid IS NULL
            AND own.locktype = 'transactionid'
            AND own.virtualtransaction = held.virtualtransaction
          WHERE 0 = ANY (seen.behind)) END
  FROM head
HAVING pg_catalog.count(*) > 0
