SELECT CASE WHEN NOT pg_catalog.pg_is_in_recovery()
            THEN CAST(CAST('x' || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8)
                      AS pg_catalog.bit(32)) AS pg_catalog.int4) END
