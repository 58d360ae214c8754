SELECT c.oid, 0 AS sub, format('%I.%I', n.nspname, c.conname) AS identity,
       CASE WHEN c.condefault THEN 'DEFAULT' END AS default,
       format('FOR %L TO %L FROM %s', pg_encoding_to_char(c.conforencoding),
              pg_encoding_to_char(c.contoencoding), c.conproc::regproc) AS definition,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(c.conowner), current_user)) AS owner
  FROM pg_conversion c
  JOIN pg_namespace n ON n.oid = c.connamespace
  LEFT JOIN pg_description d ON d.classoid = 2607 AND d.objoid = c.oid
 WHERE c.oid >= 16384
 ORDER BY n.nspname, c.conname
