SELECT d.datname
  FROM pg_catalog.pg_database d
 WHERE pg_catalog.left(d.datname::pg_catalog.text, pg_catalog.length($2)) = $2
   AND pg_catalog.substr(d.datname, pg_catalog.length($2) + 1) ~ '^[0-9]{1,9}$'
   AND NOT EXISTS (
	SELECT
	  FROM pg_catalog.pg_locks l
	 WHERE l.locktype = 'advisory'
	   AND l.classid = $1::pg_catalog.oid
	   AND l.objid::pg_catalog.text =
	       pg_catalog.substr(d.datname, pg_catalog.length($2) + 1)
	   AND l.objsubid = 2::pg_catalog.int2
	)
