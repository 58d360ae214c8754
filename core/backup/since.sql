SELECT CAST(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), $1::pg_catalog.pg_lsn) AS pg_catalog.int8)
 WHERE pg_catalog.current_setting('wal_level') OPERATOR(pg_catalog.<>) 'minimal'
   AND NOT EXISTS (
       SELECT
         FROM pg_catalog.pg_class c
        WHERE c.relpersistence OPERATOR(pg_catalog.=) 'u'
          AND c.relkind OPERATOR(pg_catalog.=) 'r'
          AND pg_catalog.pg_relation_size(c.oid) OPERATOR(pg_catalog.>) 0)
   AND NOT EXISTS (
       SELECT
         FROM pg_catalog.pg_snapshot_xip($2::pg_catalog.pg_snapshot) AS open (id)
        WHERE COALESCE(pg_catalog.pg_xact_status(open.id), 'committed') OPERATOR(pg_catalog.=) 'committed')
