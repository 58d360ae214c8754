-- What is given beyond the server's own default, and what is taken of it: rows for all schemas stand in its place, and a schema's
-- add to what holds for all.
WITH rows AS (
  SELECT a.oid, a.defaclacl AS acl,
         CASE a.defaclnamespace WHEN 0 THEN acldefault(translate(a.defaclobjtype::text, 'S', 's')::"char", a.defaclrole) END AS usual
    FROM pg_default_acl a
), entries AS (
  SELECT r.oid, true AS given, e.grantee, e.privilege_type, e.is_grantable FROM rows r, aclexplode(r.acl) e
  EXCEPT
  SELECT r.oid, true, e.grantee, e.privilege_type, e.is_grantable FROM rows r, aclexplode(r.usual) e
  UNION
  (SELECT r.oid, false, e.grantee, e.privilege_type, false FROM rows r, aclexplode(r.usual) e
   EXCEPT
   SELECT r.oid, false, e.grantee, e.privilege_type, false FROM rows r, aclexplode(r.acl) e)
), grants AS (
  SELECT e.oid, e.given, string_agg(e.privilege_type, ', ' ORDER BY e.privilege_type) AS what,
         CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END AS who,
         CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS option
    FROM entries e
   GROUP BY e.oid, e.given, e.grantee, e.is_grantable
)
SELECT a.oid, 0 AS sub,
       CASE WHEN g.given THEN h.head || 'GRANT ' || k.what || ' TO ' || g.who || g.option
            ELSE h.head || 'REVOKE ' || k.what || ' FROM ' || g.who END AS identity,
       CASE WHEN g.given THEN h.head || 'REVOKE ' || k.what || ' FROM ' || g.who
            ELSE h.head || 'GRANT ' || k.what || ' TO ' || g.who END AS _back,
       CASE WHEN n.oid IS NOT NULL THEN '2615.' || n.oid || '.0' END AS _parent
  FROM grants g
  JOIN pg_default_acl a ON a.oid = g.oid
  LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace
 CROSS JOIN LATERAL (SELECT format('FOR ROLE %I ', pg_get_userbyid(a.defaclrole))
                            || coalesce('IN SCHEMA ' || quote_ident(n.nspname) || ' ', '') AS head) h
 CROSS JOIN LATERAL (SELECT g.what || ' ON ' || CASE a.defaclobjtype
       WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES'
       WHEN 'L' THEN 'LARGE OBJECTS' ELSE 'SCHEMAS' END AS what) k
 ORDER BY 3
