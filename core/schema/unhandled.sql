-- What no kind describes, by name. Members of extensions come with those; large objects are data.
SELECT pg_describe_object(u.class, u.oid, 0)
  FROM (SELECT 2601::oid AS class, oid FROM pg_am
        UNION ALL SELECT 2616, oid FROM pg_opclass
        UNION ALL SELECT 2753, oid FROM pg_opfamily
        UNION ALL SELECT 2612, oid FROM pg_language
        UNION ALL SELECT 3576, oid FROM pg_transform
        UNION ALL SELECT 3601, oid FROM pg_ts_parser
        UNION ALL SELECT 3764, oid FROM pg_ts_template
        UNION ALL SELECT 1247, t.oid FROM pg_type t WHERE t.typtype = 'b' AND t.typelem = 0) u
 WHERE u.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = u.class AND d.objid = u.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT pg_describe_object(6100, s.oid, 0)
  FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid AND d.datname = current_database()
UNION ALL
SELECT 'security label on ' || pg_describe_object(s.classoid, s.objoid, s.objsubid)
  FROM pg_seclabel s WHERE s.objoid >= 16384
 ORDER BY 1
