SELECT s.reset_val,
       (SELECT CASE WHEN r.setrole = 0 AND r.setdatabase = 0 THEN 'ALTER ROLE ALL'
                    WHEN r.setrole = 0 THEN pg_catalog.format('ALTER DATABASE %I', pg_catalog.current_database())
                    WHEN r.setdatabase = 0 THEN pg_catalog.format('ALTER ROLE %I', session_user)
                    ELSE pg_catalog.format('ALTER ROLE %I IN DATABASE %I', session_user,
                                           pg_catalog.current_database()) END
          FROM pg_catalog.pg_db_role_setting r, pg_catalog.unnest(r.setconfig) item
         WHERE pg_catalog.split_part(item, '=', 1) = s.name
           AND r.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database d
                                      WHERE d.datname = pg_catalog.current_database()))
           AND r.setrole IN (0, (SELECT u.oid FROM pg_catalog.pg_roles u WHERE u.rolname = session_user))
         ORDER BY r.setrole = 0, r.setdatabase = 0
         LIMIT 1),
       pg_catalog.format('ALTER ROLE %I IN DATABASE %I', session_user, pg_catalog.current_database())
  FROM pg_catalog.pg_settings s
 WHERE s.name = $1
