SELECT COALESCE(c.oid, l.relation),
       CASE WHEN c.oid IS NOT NULL THEN pg_catalog.format('%I.%I', n.nspname, c.relname) END,
       c.relkind,
       COALESCE(pg_catalog.pg_relation_filenode(c.oid), 0::pg_catalog.oid),
       COALESCE(l.strength, 0),
       COALESCE(i.indrelid, 0::pg_catalog.oid),
       COALESCE(i.indisvalid, true),
       COALESCE(h.inhparent, 0::pg_catalog.oid),
       CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_stat_get_xact_numscans(c.oid) ELSE 0 END,
       CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) ELSE 0 END,
       CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) ELSE 0 END,
       CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) ELSE 0 END
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
  LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = c.oid AND c.relispartition
  FULL JOIN (
	SELECT p.relation, pg_catalog.max(pg_catalog.array_position(
	         '{AccessShareLock,RowShareLock,RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'::pg_catalog.text[],
	         p.mode)) AS strength
	  FROM pg_catalog.pg_locks p
	 WHERE p.pid = pg_catalog.pg_backend_pid()
	   AND p.locktype = 'relation'
	 GROUP BY p.relation
	) l ON l.relation = c.oid
 WHERE ($1::pg_catalog.bool OR l.relation IS NOT NULL)
   AND (c.oid IS NULL
        OR c.relkind IN ('r', 'p', 'm', 'i', 'I', 'v', 'f')
           AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
           AND c.relname !~ '^(alembic_version|migrate_(attempt|journal))'
           AND c.relpersistence <> 't')
 ORDER BY 1
