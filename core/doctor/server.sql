SELECT pg_catalog.pg_backend_pid(),
       EXTRACT(epoch FROM pg_catalog.clock_timestamp()),
       n.nspname,
       pg_catalog.has_schema_privilege(n.oid, 'CREATE'),
       r.rolcreatedb OR r.rolsuper,
       pg_catalog.pg_database_size(pg_catalog.current_database()),
       u.unreadable,
       u.first,
       (SELECT pg_catalog.pg_has_role(SESSION_USER, m.oid, 'MEMBER')
          FROM pg_catalog.pg_roles m
         WHERE m.rolname = $2::pg_catalog.text),
       pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1),
       pg_catalog.host(pg_catalog.inet_client_addr()) || ' port ' || pg_catalog.inet_client_port()
  FROM pg_catalog.pg_roles r
  LEFT JOIN pg_catalog.pg_namespace n
    ON n.oid = pg_catalog.to_regnamespace($1::pg_catalog.text)
 CROSS JOIN (SELECT pg_catalog.count(*) AS unreadable,
                    pg_catalog.min(pg_catalog.concat(s.nspname, '.', c.relname)) AS first
               FROM pg_catalog.pg_class c
               JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
              WHERE c.relkind IN ('r', 'p', 'm', 'S')
                AND c.relpersistence <> 't'
                AND s.nspname NOT IN ('pg_catalog', 'information_schema')
                AND s.nspname NOT LIKE 'pg\_%'
                AND NOT EXISTS (SELECT
                                  FROM pg_catalog.pg_depend d
                                 WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                   AND d.objid = c.oid
                                   AND d.deptype = 'e')
                AND (NOT pg_catalog.has_schema_privilege(s.oid, 'USAGE')
                     OR CASE c.relkind
                        WHEN 'S' THEN NOT pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
                        ELSE NOT pg_catalog.has_table_privilege(c.oid, 'SELECT')
                             OR pg_catalog.row_security_active(c.oid) END)) u
 WHERE r.rolname = SESSION_USER
