-- What belongs to a database and is in no archive of it: owner, settings, grants, comment and limit.
-- From database migrate.source to migrate.target; what this role may not set is said in a warning.
DO $$
DECLARE
	target name := current_setting('migrate.target');
	source pg_database;
	command text;
BEGIN
	SELECT * INTO source FROM pg_database WHERE datname = current_setting('migrate.source');
	FOR command IN
		SELECT format('ALTER DATABASE %I OWNER TO %I', target, pg_get_userbyid(source.datdba))
		UNION ALL
		SELECT format('ALTER DATABASE %I CONNECTION LIMIT %s', target, source.datconnlimit)
		 WHERE source.datconnlimit <> -1
		UNION ALL
		SELECT format('COMMENT ON DATABASE %I IS %L', target, text)
		  FROM shobj_description(source.oid, 'pg_database') text WHERE text IS NOT NULL
		UNION ALL
		SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', target) WHERE source.datacl IS NOT NULL
		UNION ALL
		SELECT format('GRANT %s ON DATABASE %I TO %s%s', acl.privilege_type, target,
				CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END,
				CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
		  FROM aclexplode(source.datacl) acl
		UNION ALL
		-- The values of these are lists of quoted names already.
		SELECT format('%s SET %I TO %s',
				CASE s.setrole WHEN 0 THEN format('ALTER DATABASE %I', target)
				ELSE format('ALTER ROLE %I IN DATABASE %I', pg_get_userbyid(s.setrole), target) END,
				p.name, CASE WHEN p.name IN ('local_preload_libraries', 'search_path',
					'session_preload_libraries', 'temp_tablespaces')
				THEN p.value ELSE quote_literal(p.value) END)
		  FROM pg_db_role_setting s, unnest(s.setconfig) item,
		       LATERAL (SELECT split_part(item, '=', 1) AS name,
				substr(item, strpos(item, '=') + 1) AS value) p
		 WHERE s.setdatabase = source.oid
	LOOP
		BEGIN
			EXECUTE command;
		EXCEPTION WHEN insufficient_privilege THEN
			RAISE WARNING 'not restored: %', command;
		END;
	END LOOP;
END $$
