-- The subscriptions of this database, and the slots at their publishers.
SELECT s.subname, s.subslotname
  FROM pg_catalog.pg_subscription s
  JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
 WHERE d.datname = pg_catalog.current_database()
 ORDER BY 1
