-- What keeps database $1 from being renamed, or, with $2, from being dropped, and what goes another way than one
-- might think: whether it stops us, what it is, what to do.
SELECT true, pg_catalog.format('prepared transaction %L', p.gid),
       pg_catalog.format('End it there: COMMIT PREPARED %L, or ROLLBACK PREPARED %L.', p.gid, p.gid)
  FROM pg_catalog.pg_prepared_xacts p
 WHERE p.database = $1
UNION ALL
SELECT true, pg_catalog.format('subscription %I', s.subname),
       CASE WHEN $2::pg_catalog.bool
            THEN pg_catalog.format('Drop it there, or keep the database: --swap. To drop it without its publisher''s slot: '
                   'ALTER SUBSCRIPTION %I DISABLE; ALTER SUBSCRIPTION %I SET (slot_name = NONE); DROP SUBSCRIPTION %I;',
                   s.subname, s.subname, s.subname)
            ELSE pg_catalog.format('Stop it there: ALTER SUBSCRIPTION %I DISABLE;', s.subname) END
  FROM pg_catalog.pg_subscription s
  JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
 WHERE d.datname = $1 AND (s.subenabled OR $2::pg_catalog.bool)
UNION ALL
SELECT r.active OR $2::pg_catalog.bool,
       pg_catalog.format('logical replication slot %I%s', r.slot_name, CASE WHEN r.active THEN ', which is read' ELSE '' END),
       CASE WHEN r.active THEN 'Stop who reads it, a subscriber or another consumer.'
            ELSE 'It would be dropped with the database: keep that with --swap, or drop the slot first.' END
  FROM pg_catalog.pg_replication_slots r
 WHERE r.database = $1
UNION ALL
SELECT true, pg_catalog.format('process %s, %s', a.pid, a.backend_type), 'Stop it, or have it connect to another database.'
  FROM pg_catalog.pg_stat_activity a
 WHERE a.datname = $1
   AND a.backend_type <> ALL ('{client backend,autovacuum worker,parallel worker}'::pg_catalog.text[])
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots r WHERE r.active_pid = a.pid)
   AND a.backend_type !~ '^logical replication'
UNION ALL
SELECT true, 'the role''s rights', pg_catalog.format('Let it rename databases: ALTER DATABASE %I OWNER TO %I; ALTER ROLE %I CREATEDB;',
         d.datname, r.rolname, r.rolname)
  FROM pg_catalog.pg_database d, pg_catalog.pg_roles r
 WHERE d.datname = $1
   AND r.rolname = current_user
   AND NOT r.rolsuper
   AND NOT (r.rolcreatedb AND pg_catalog.pg_has_role(d.datdba, 'USAGE'))
