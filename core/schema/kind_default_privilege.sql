SELECT a.oid, 0 AS sub,
       format('FOR ROLE %I%s GRANT %s ON %s TO %s%s', pg_get_userbyid(a.defaclrole),
              ' IN SCHEMA ' || quote_ident(n.nspname), string_agg(e.privilege_type, ', ' ORDER BY 1),
              k.kind, k.who, k.option) AS identity,
       'FOR ROLE ' || quote_ident(pg_get_userbyid(a.defaclrole)) || coalesce(' IN SCHEMA ' || quote_ident(n.nspname), '') AS _where,
       string_agg(e.privilege_type, ', ' ORDER BY e.privilege_type) || ' ON ' || k.kind AS _what,
       k.who AS _who, nullif(k.option, '') AS _option,
       CASE WHEN n.oid IS NOT NULL THEN '2615.' || n.oid || '.0' END AS _parent
  FROM pg_default_acl a
  LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace
 CROSS JOIN aclexplode(a.defaclacl) e
 CROSS JOIN LATERAL (SELECT
       CASE a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
            WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END AS kind,
       CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END AS who,
       CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS option) k
 WHERE e.grantee <> a.defaclrole OR n.oid IS NOT NULL
 GROUP BY a.oid, a.defaclrole, n.oid, n.nspname, k.kind, k.who, k.option
 ORDER BY 3
