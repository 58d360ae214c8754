-- The large objects that the current role may not read: how many, and the first. pg_read_all_data is not asked.
SELECT pg_catalog.count(*), pg_catalog.min(o.oid::pg_catalog.text::pg_catalog.int8)
  FROM pg_catalog.pg_largeobject_metadata o
 WHERE NOT pg_catalog.pg_has_role(o.lomowner, 'USAGE')
   AND pg_catalog.current_setting('lo_compat_privileges') = 'off'
   AND NOT EXISTS (SELECT
                     FROM pg_catalog.aclexplode(o.lomacl) a
                    WHERE a.privilege_type = 'SELECT'
                      AND (a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE')))
