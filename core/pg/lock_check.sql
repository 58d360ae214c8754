SELECT CASE
  WHEN EXISTS (
    SELECT
      FROM pg_catalog.pg_locks l
     WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory'
       AND l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
       AND l.granted
       AND l.objsubid OPERATOR(pg_catalog.=) 1::pg_catalog.int2
       AND (l.classid::pg_catalog.int8 OPERATOR(pg_catalog.<<) 32
            OPERATOR(pg_catalog.|) l.objid::pg_catalog.int8) OPERATOR(pg_catalog.=) $1::pg_catalog.int8
    ) THEN 'held'
  WHEN pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.=) 'read committed'
       AND pg_catalog.pg_try_advisory_lock($1::pg_catalog.int8) THEN 'taken'
  ELSE 'lost'
END
