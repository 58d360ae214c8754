SELECT t.oid, 0 AS sub, format('%I.%I', n.nspname, t.typname) AS identity,
       (SELECT string_agg(quote_ident(a.attname), E'\n' ORDER BY a.attnum) FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS attributes,
       CASE WHEN EXISTS (SELECT FROM pg_depend u WHERE u.refclassid = 1247 AND u.refobjid IN (t.oid, t.typarray)
                                                   AND u.classid = 1259 AND u.objsubid > 0) THEN 't' END AS _in_tables,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(t.typowner), current_user)) AS owner,
       format('c:%I.%I', n.nspname, t.typname) AS _slots
  FROM pg_type t
  JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
  JOIN pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_description d ON d.classoid = 1247 AND d.objoid = t.oid
 WHERE t.typtype = 'c' AND t.oid >= 16384
 ORDER BY n.nspname, t.typname
