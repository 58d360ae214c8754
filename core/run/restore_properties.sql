-- What belongs to a database and is in no archive of it, from database migrate.source to migrate.target: owner,
-- settings, comment and label (migrate.part = settings), then what may keep us from connecting to it: grants
-- and limits. What cannot be done is said in a warning.
DO $$
DECLARE
	target name := current_setting('migrate.target');
	source pg_database;
	step record;
BEGIN
	SELECT * INTO source FROM pg_database WHERE datname = current_setting('migrate.source');
	FOR step IN
		SELECT 'settings' AS part, NULL::name AS grantor,
		       format('ALTER DATABASE %I OWNER TO %I', target, pg_get_userbyid(source.datdba)) AS command
		UNION ALL
		SELECT 'settings', NULL, format('COMMENT ON DATABASE %I IS %L', target, text)
		  FROM shobj_description(source.oid, 'pg_database') text WHERE text IS NOT NULL
		UNION ALL
		SELECT 'settings', NULL, format('SECURITY LABEL FOR %I ON DATABASE %I IS %L', l.provider, target, l.label)
		  FROM pg_shseclabel l WHERE l.classoid = 'pg_database'::regclass AND l.objoid = source.oid
		UNION ALL
		-- The values of these are lists of quoted names already.
		SELECT 'settings', NULL, format('%s SET %I TO %s',
				CASE s.setrole WHEN 0 THEN format('ALTER DATABASE %I', target)
				ELSE format('ALTER ROLE %I IN DATABASE %I', pg_get_userbyid(s.setrole), target) END,
				p.name, CASE WHEN p.value = '""' THEN $q$''$q$ WHEN p.name IN ('local_preload_libraries', 'search_path',
					'session_preload_libraries', 'temp_tablespaces')
				THEN p.value ELSE quote_literal(p.value) END)
		  FROM pg_db_role_setting s, unnest(s.setconfig) item,
		       LATERAL (SELECT split_part(item, '=', 1) AS name,
				substr(item, strpos(item, '=') + 1) AS value) p
		 WHERE s.setdatabase = source.oid
		UNION ALL
		SELECT 'rights', NULL, format('REVOKE ALL ON DATABASE %I FROM PUBLIC, %I', target, pg_get_userbyid(source.datdba))
		 WHERE source.datacl IS NOT NULL
		UNION ALL
		(SELECT 'rights', CASE WHEN acl.grantor <> source.datdba THEN pg_get_userbyid(acl.grantor) END,
				format('GRANT %s ON DATABASE %I TO %s%s', acl.privilege_type, target,
				CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END,
				CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
		  FROM aclexplode(source.datacl) WITH ORDINALITY acl
		 ORDER BY acl.grantor <> source.datdba, acl.ordinality)
		UNION ALL
		SELECT 'rights', NULL, format('ALTER DATABASE %I CONNECTION LIMIT %s', target, source.datconnlimit)
		 WHERE source.datconnlimit >= 0
		UNION ALL
		SELECT 'rights', NULL, format('ALTER DATABASE %I IS_TEMPLATE true', target) WHERE source.datistemplate
		UNION ALL
		SELECT 'rights', NULL, format('ALTER DATABASE %I ALLOW_CONNECTIONS false', target) WHERE NOT source.datallowconn
	LOOP
		CONTINUE WHEN step.part <> current_setting('migrate.part');
		BEGIN
			IF step.grantor IS NOT NULL THEN
				EXECUTE format('SET LOCAL ROLE %I', step.grantor);
			END IF;
			EXECUTE step.command;
			RESET ROLE;
		EXCEPTION WHEN others THEN
			RAISE WARNING 'not restored: %: %', step.command, SQLERRM;
		END;
	END LOOP;
END $$
