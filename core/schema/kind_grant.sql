-- What was given beyond what the server, or an extension's script, gives by itself, and what was taken of it. A member's grants belong
-- to its extension. Rows that are _made are for an object that is made: what default privileges would give it too much or too little.
WITH mine AS MATERIALIZED (
  SELECT defaclobjtype AS type, defaclnamespace AS schema, defaclacl AS acl
    FROM pg_default_acl WHERE defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user)
), objects (class, oid, sub, name, owner, schema, type, acl) AS (
  SELECT 1259, c.oid, 0,
         CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || format('%I.%I', n.nspname, c.relname),
         c.relowner, c.relnamespace, CASE c.relkind WHEN 'S' THEN 'S' ELSE 'r' END, c.relacl
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.oid >= 16384 AND c.relpersistence <> 't'
  UNION ALL
  SELECT 1259, c.oid, a.attnum, quote_ident(a.attname) || E'\n' || format('%I.%I', n.nspname, c.relname),
         c.relowner, c.relnamespace, NULL, a.attacl
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE a.attacl IS NOT NULL AND c.oid >= 16384 AND NOT a.attisdropped
  UNION ALL
  SELECT 2615, n.oid, 0, 'SCHEMA ' || quote_ident(n.nspname), n.nspowner, 0::oid, 'n', n.nspacl
    FROM pg_namespace n WHERE n.nspname = 'public' OR n.oid >= 16384 AND n.nspname !~ '^pg_(temp|toast)'
  UNION ALL
  SELECT 1255, p.oid, 0, 'ROUTINE ' || p.oid::regprocedure, p.proowner, p.pronamespace, 'f', p.proacl
    FROM pg_proc p WHERE p.oid >= 16384
  UNION ALL
  SELECT 1247, t.oid, 0, 'TYPE ' || format_type(t.oid, NULL), t.typowner, t.typnamespace, 'T', t.typacl
    FROM pg_type t LEFT JOIN pg_class r ON r.oid = t.typrelid
   WHERE t.oid >= 16384 AND t.typtype IN ('b', 'c', 'd', 'e', 'r') AND coalesce(r.relkind = 'c', true) AND t.typelem = 0
  UNION ALL
  SELECT 2328, w.oid, 0, 'FOREIGN DATA WRAPPER ' || quote_ident(w.fdwname), w.fdwowner, 0::oid, 'F', w.fdwacl
    FROM pg_foreign_data_wrapper w WHERE w.oid >= 16384
  UNION ALL
  SELECT 1417, s.oid, 0, 'FOREIGN SERVER ' || quote_ident(s.srvname), s.srvowner, 0::oid, 'o', s.srvacl
    FROM pg_foreign_server s WHERE s.oid >= 16384
), known AS MATERIALIZED (
  SELECT o.class, o.oid, o.sub, o.name, e.refobjid AS extension, coalesce(i.initprivs, u.acl) AS usual, coalesce(o.acl, u.acl) AS acl,
         CASE WHEN e.refobjid IS NULL AND EXISTS (SELECT FROM mine m WHERE m.type::text = o.type AND m.schema IN (0, o.schema))
              THEN coalesce((SELECT m.acl FROM mine m WHERE m.type::text = o.type AND m.schema = 0), u.acl)
                   || coalesce((SELECT m.acl FROM mine m WHERE m.type::text = o.type AND m.schema = o.schema AND m.schema <> 0), '{}')
         END AS given,
         CASE WHEN pg_get_userbyid(o.owner) <> current_user THEN o.owner END AS other
    FROM objects o
   CROSS JOIN LATERAL (SELECT acldefault(CASE o.type WHEN 'S' THEN 's' WHEN 'o' THEN 'S' ELSE o.type END::"char", o.owner) AS acl) u
    LEFT JOIN pg_init_privs i ON i.objoid = o.oid AND i.classoid = o.class AND i.objsubid = o.sub
    LEFT JOIN pg_depend e ON e.classid = o.class AND e.objid = o.oid AND e.objsubid = 0 AND e.deptype = 'e'
   WHERE o.acl IS NOT NULL OR i.initprivs IS NOT NULL OR EXISTS (SELECT FROM mine)
), held AS (SELECT k.oid, k.class, k.sub, e.grantee, e.privilege_type, e.is_grantable FROM known k, aclexplode(k.acl) e),
usual AS (SELECT k.oid, k.class, k.sub, e.grantee, e.privilege_type, e.is_grantable FROM known k, aclexplode(k.usual) e),
given AS (SELECT k.oid, k.class, k.sub, e.grantee, e.privilege_type, e.is_grantable FROM known k, aclexplode(k.given) e
           WHERE e.grantee IS DISTINCT FROM k.other),
entries AS (
  (SELECT false AS made, true AS given, e.* FROM held e EXCEPT SELECT false, true, e.* FROM usual e)
  UNION ALL
  (SELECT false, false, e.oid, e.class, e.sub, e.grantee, e.privilege_type, false FROM usual e
   EXCEPT SELECT false, false, e.oid, e.class, e.sub, e.grantee, e.privilege_type, false FROM held e)
  UNION ALL
  (SELECT true, false, e.* FROM given e EXCEPT SELECT true, false, e.* FROM held e)
  UNION ALL
  (SELECT true, true, e.* FROM usual e JOIN known k USING (oid, class, sub) WHERE k.given IS NOT NULL AND e.grantee IS DISTINCT FROM k.other
   INTERSECT SELECT true, true, e.* FROM held e
   EXCEPT SELECT true, true, e.* FROM given e)
), grants AS (
  SELECT k.class, k.oid, k.sub, k.extension, e.made, e.given,
         CASE WHEN k.sub > 0
              THEN string_agg(e.privilege_type || ' (' || split_part(k.name, E'\n', 1) || ')', ', '
                              ORDER BY e.privilege_type) || ' ON ' || split_part(k.name, E'\n', 2)
              ELSE string_agg(e.privilege_type, ', ' ORDER BY e.privilege_type) || ' ON ' || k.name END AS what,
         CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END AS who,
         CASE WHEN e.is_grantable AND e.given THEN ' WITH GRANT OPTION' ELSE '' END AS option
    FROM entries e JOIN known k USING (oid, class, sub)
   GROUP BY k.class, k.oid, k.sub, k.name, k.extension, e.made, e.given, e.grantee, e.is_grantable
)
SELECT 0 AS oid, 0 AS sub,
       CASE WHEN made THEN 'MADE ' ELSE '' END || CASE WHEN given THEN 'GRANT ' ELSE 'REVOKE ' END || what
       || CASE WHEN given THEN ' TO ' ELSE ' FROM ' END || who || option AS identity,
       coalesce('3079.' || extension || '.0', class || '.' || oid || '.' || sub) AS _parent,
       CASE WHEN made THEN 't' END AS _made, CASE WHEN made THEN 't' END AS _silent,
       CASE WHEN given THEN 'GRANT ' || what || ' TO ' || who || option
            ELSE 'REVOKE ' || what || ' FROM ' || who END AS _create,
       CASE WHEN made THEN '' WHEN given THEN 'REVOKE ' || what || ' FROM ' || who
            ELSE 'GRANT ' || what || ' TO ' || who END AS _drop
  FROM grants
 ORDER BY made DESC, class, oid, sub, given, 3
