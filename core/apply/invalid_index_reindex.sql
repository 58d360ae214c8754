WITH named AS (
       SELECT pg_catalog.to_regclass($2) AS oid
        WHERE $1 IN ('INDEX', 'TABLE')
        UNION
       SELECT p.relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass($2)) p
        WHERE $1 IN ('INDEX', 'TABLE')
     ), invalid AS (
       SELECT i.indrelid, c.oid, c.relname, n.nspname,
              pg_catalog.regexp_replace(c.relname, '_cc(new|old)[0-9]*$', '') AS stem,
              COALESCE(owner.relnamespace, t.relnamespace) AS schema
         FROM pg_catalog.pg_index i
         JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
         LEFT JOIN pg_catalog.pg_class owner ON owner.reltoastrelid = t.oid AND t.relkind = 't'
        WHERE NOT i.indisvalid
          AND c.relkind = 'i'
          AND c.relname ~ '_cc(new|old)[0-9]*$'
     )
SELECT pg_catalog.format('%I.%I', i.nspname, i.relname),
       CASE WHEN $1 NOT IN ('INDEX', 'TABLE') THEN 'unsure' WHEN i.nspname = 'pg_toast' THEN 'toast' ELSE 'ours' END
  FROM invalid i
 WHERE CASE $1
       WHEN 'INDEX' THEN EXISTS (
         SELECT FROM named
           JOIN pg_catalog.pg_index own ON own.indexrelid = named.oid
           JOIN pg_catalog.pg_class c ON c.oid = named.oid
          WHERE own.indrelid = i.indrelid
            AND (c.relname = i.stem
                 OR (pg_catalog.octet_length(i.relname) >= 60 AND pg_catalog.starts_with(c.relname, i.stem))))
       WHEN 'TABLE' THEN EXISTS (
         SELECT FROM named
           JOIN pg_catalog.pg_class t ON t.oid = named.oid
          WHERE i.indrelid IN (t.oid, t.reltoastrelid))
       WHEN 'SCHEMA' THEN i.schema = pg_catalog.to_regnamespace($2)
       ELSE true END
 ORDER BY i.oid
