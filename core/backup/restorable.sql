-- What of this database the current role could not restore into a new one on this server.
WITH me AS (
	SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
), members AS (
	SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
)
SELECT 'extension ' || x.extname || CASE WHEN a.name IS NULL THEN ', which this server does not have' ELSE '' END
  FROM pg_catalog.pg_extension x
  LEFT JOIN pg_catalog.pg_available_extensions a ON a.name = x.extname
  LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
 WHERE a.name IS NULL
    OR v.superuser AND NOT COALESCE((pg_catalog.to_jsonb(v) ->> 'trusted')::pg_catalog.bool, false)
       AND NOT (SELECT m.rolsuper FROM me m)
UNION ALL
SELECT DISTINCT o.what
  FROM (
	SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AS class, e.oid, 'event trigger ' || e.evtname AS what
	  FROM pg_catalog.pg_event_trigger e
	UNION ALL
	SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, p.oid, 'publication ' || p.pubname
	  FROM pg_catalog.pg_publication p
	 WHERE p.puballtables
	    OR EXISTS (SELECT
	                 FROM pg_catalog.pg_depend d
	                WHERE d.classid = pg_catalog.to_regclass('pg_catalog.pg_publication_namespace')
	                  AND d.refclassid = 'pg_catalog.pg_publication'::pg_catalog.regclass
	                  AND d.refobjid = p.oid)
	UNION ALL
	SELECT 'pg_catalog.pg_subscription'::pg_catalog.regclass, s.oid, 'subscription ' || s.subname
	  FROM pg_catalog.pg_subscription s
	  JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
	 WHERE d.datname = pg_catalog.current_database()
	UNION ALL
	SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, w.oid, 'foreign data wrapper ' || w.fdwname
	  FROM pg_catalog.pg_foreign_data_wrapper w
	UNION ALL
	SELECT 'pg_catalog.pg_default_acl'::pg_catalog.regclass, a.oid,
	       'default privileges of ' || pg_catalog.pg_get_userbyid(a.defaclrole)
	  FROM pg_catalog.pg_default_acl a
	 WHERE NOT pg_catalog.pg_has_role(a.defaclrole, 'USAGE')
	UNION ALL
	SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 'function ' || p.oid::pg_catalog.regprocedure
	         || CASE WHEN p.proleakproof THEN ', which is leakproof' ELSE ', in ' || l.lanname END
	  FROM pg_catalog.pg_proc p
	  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
	 WHERE p.proleakproof OR p.prokind <> 'a' AND NOT l.lanpltrusted
	UNION ALL
	SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 'type ' || t.oid::pg_catalog.regtype
	  FROM pg_catalog.pg_type t
	 WHERE t.typtype = 'b' AND t.typelem = 0
	UNION ALL
	SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, 'language ' || l.lanname FROM pg_catalog.pg_language l
	UNION ALL
	SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, c.oid, 'operator class ' || c.opcname FROM pg_catalog.pg_opclass c
	UNION ALL
	SELECT 'pg_catalog.pg_am'::pg_catalog.regclass, m.oid, 'access method ' || m.amname FROM pg_catalog.pg_am m
	UNION ALL
	SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, c.oid,
	       pg_catalog.format('cast from %s to %s', c.castsource::pg_catalog.regtype, c.casttarget::pg_catalog.regtype)
	  FROM pg_catalog.pg_cast c
	 WHERE c.castmethod = 'b' OR c.castsource < 16384 AND c.casttarget < 16384
       ) o
 WHERE NOT (SELECT m.rolsuper FROM me m)
   AND o.oid >= 16384
   AND NOT EXISTS (SELECT FROM members m WHERE m.classid = o.class AND m.objid = o.oid)
 ORDER BY 1
