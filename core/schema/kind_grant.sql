-- What was given beyond the default, and what was taken of it.
WITH objects (class, oid, sub, name, acl, usual) AS (
  SELECT 1259, c.oid, 0,
         CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || format('%I.%I', n.nspname, c.relname),
         c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relacl IS NOT NULL AND c.oid >= 16384 AND c.relpersistence <> 't'
  UNION ALL
  SELECT 1259, c.oid, a.attnum, quote_ident(a.attname) || E'\n' || format('%I.%I', n.nspname, c.relname),
         a.attacl, NULL::aclitem[]
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE a.attacl IS NOT NULL AND c.oid >= 16384 AND NOT a.attisdropped
  UNION ALL
  SELECT 2615, n.oid, 0, 'SCHEMA ' || quote_ident(n.nspname), n.nspacl, acldefault('n', n.nspowner)
    FROM pg_namespace n WHERE n.nspacl IS NOT NULL AND n.oid >= 16384
  UNION ALL
  SELECT 1255, p.oid, 0, 'ROUTINE ' || p.oid::regprocedure, p.proacl, acldefault('f', p.proowner)
    FROM pg_proc p WHERE p.proacl IS NOT NULL AND p.oid >= 16384
  UNION ALL
  SELECT 1247, t.oid, 0, 'TYPE ' || format_type(t.oid, NULL), t.typacl, acldefault('T', t.typowner)
    FROM pg_type t WHERE t.typacl IS NOT NULL AND t.oid >= 16384 AND t.typtype <> 'm'
  UNION ALL
  SELECT 2328, w.oid, 0, 'FOREIGN DATA WRAPPER ' || quote_ident(w.fdwname), w.fdwacl, acldefault('F', w.fdwowner)
    FROM pg_foreign_data_wrapper w WHERE w.fdwacl IS NOT NULL AND w.oid >= 16384
  UNION ALL
  SELECT 1417, s.oid, 0, 'FOREIGN SERVER ' || quote_ident(s.srvname), s.srvacl, acldefault('S', s.srvowner)
    FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL AND s.oid >= 16384
), entries AS (
  SELECT o.class, o.oid, o.sub, o.name, true AS given, e.grantee, e.privilege_type, e.is_grantable
    FROM objects o, aclexplode(o.acl) e
  EXCEPT
  SELECT o.class, o.oid, o.sub, o.name, true, e.grantee, e.privilege_type, e.is_grantable
    FROM objects o, aclexplode(o.usual) e
  UNION
  (SELECT o.class, o.oid, o.sub, o.name, false, e.grantee, e.privilege_type, false
     FROM objects o, aclexplode(o.usual) e
   EXCEPT
   SELECT o.class, o.oid, o.sub, o.name, false, e.grantee, e.privilege_type, false
     FROM objects o, aclexplode(o.acl) e)
), grants AS (
  SELECT class, oid, sub, given, grantee,
         CASE WHEN sub > 0
              THEN string_agg(privilege_type || ' (' || split_part(name, E'\n', 1) || ')', ', '
                              ORDER BY privilege_type) || ' ON ' || split_part(name, E'\n', 2)
              ELSE string_agg(privilege_type, ', ' ORDER BY privilege_type) || ' ON ' || name END AS what,
         CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS who,
         CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS option
    FROM entries
   GROUP BY class, oid, sub, name, given, grantee, is_grantable
)
SELECT 0 AS oid, 0 AS sub,
       CASE WHEN given THEN 'GRANT ' ELSE 'REVOKE ' END || what
       || CASE WHEN given THEN ' TO ' ELSE ' FROM ' END || who || option AS identity,
       class || '.' || oid || '.' || sub AS _parent,
       CASE WHEN given THEN 'GRANT ' || what || ' TO ' || who || option
            ELSE 'REVOKE ' || what || ' FROM ' || who END AS _create,
       CASE WHEN given THEN 'REVOKE ' || what || ' FROM ' || who
            ELSE 'GRANT ' || what || ' TO ' || who END AS _drop
  FROM grants
 ORDER BY class, oid, sub, given, 3
