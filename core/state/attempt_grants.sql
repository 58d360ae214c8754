SELECT COALESCE(pg_catalog.string_agg(pg_catalog.format('; GRANT %s ON %s TO %s', p.privilege, p.object,
         CASE WHEN p.grantee OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC'
              ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(p.grantee)) END), ''), '')
  FROM (SELECT a.grantee, a.privilege_type AS privilege, pg_catalog.concat($2::pg_catalog.text, '.migrate_attempt') AS object
          FROM pg_catalog.pg_class c,
               pg_catalog.aclexplode(COALESCE(c.relacl, pg_catalog.acldefault('r', c.relowner))) a
         WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1)
        UNION ALL
        SELECT a.grantee, 'SELECT', pg_catalog.concat('SEQUENCE ', $2::pg_catalog.text, '.migrate_attempt_id_seq')
          FROM pg_catalog.pg_class c,
               pg_catalog.aclexplode(COALESCE(c.relacl, pg_catalog.acldefault('r', c.relowner))) a
         WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1)
           AND a.privilege_type OPERATOR(pg_catalog.=) 'SELECT') p
 WHERE pg_catalog.pg_get_userbyid(p.grantee) OPERATOR(pg_catalog.<>) CURRENT_USER
