-- The first name that no database has: $1, or with _2, _3 behind it.
SELECT n.name
  FROM (SELECT $1 AS name, 1 AS number
        UNION ALL
        SELECT $1 || '_' || i, i FROM pg_catalog.generate_series(2, 99) i) n
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database d WHERE d.datname = n.name)
 ORDER BY n.number
 LIMIT 1
