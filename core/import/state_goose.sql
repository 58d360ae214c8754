SELECT v.version_id::pg_catalog.text, false
  FROM (SELECT DISTINCT ON (version_id) version_id, is_applied
          FROM {table}
         ORDER BY version_id, id DESC) v
 WHERE v.is_applied AND v.version_id OPERATOR(pg_catalog.<>) 0
