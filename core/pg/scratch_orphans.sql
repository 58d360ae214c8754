SELECT d.datname
  FROM pg_catalog.pg_database d
 WHERE d.datname ~ '^migrate_scratch_[0-9]{1,9}$'
   AND NOT EXISTS (
	SELECT
	  FROM pg_catalog.pg_locks l
	 WHERE l.locktype = 'advisory'
	   AND l.classid = $1::pg_catalog.oid
	   AND l.objid::pg_catalog.text =
	       pg_catalog.substr(d.datname, pg_catalog.length('migrate_scratch_') + 1)
	   AND l.objsubid = 2::pg_catalog.int2
	)
