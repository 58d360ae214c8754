SELECT c.oid, 0 AS sub, format('%I.%I', n.nspname, c.relname) AS identity,
       rtrim(pg_get_viewdef(c.oid), ';') AS definition,
       nullif(am.amname, 'heap') AS access_method,
       array_to_string(c.reloptions, E'\n') AS options,
       array_to_string(c.reloptions, ', ') AS _options,
       quote_ident(s.spcname) AS tablespace,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(c.relowner), current_user)) AS owner,
       format('c:%I.%I', n.nspname, c.relname) AS _slots
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
  LEFT JOIN pg_am am ON am.oid = c.relam
  LEFT JOIN pg_description d ON d.classoid = 1259 AND d.objoid = c.oid AND d.objsubid = 0
 WHERE c.relkind = 'm' AND c.oid >= 16384
 ORDER BY n.nspname, c.relname
