SELECT c.oid, 0 AS sub, format('%I.%I', n.nspname, c.relname) AS identity,
       (SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
                 || coalesce(' ' || nullif(a.attcollation, t.typcollation)::oid, ''),
                 E'\n' ORDER BY a.attnum)
          FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
         WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns,
       rtrim(pg_get_viewdef(c.oid), ';') AS definition,
       array_to_string(c.reloptions, E'\n') AS options,
       array_to_string(c.reloptions, ', ') AS _options,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(c.relowner), current_user)) AS owner,
       format('c:%I.%I', n.nspname, c.relname) AS _slots
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_description d ON d.classoid = 1259 AND d.objoid = c.oid AND d.objsubid = 0
 WHERE c.relkind = 'v' AND c.oid >= 16384 AND c.relpersistence <> 't'
 ORDER BY n.nspname, c.relname
