SELECT c.oid, 0 AS sub, format('%I.%I', n.nspname, c.relname) AS identity,
       quote_ident(c.relname) AS _ident,
       format('%I.%I', n.nspname, t.relname) AS _table,
       '1259.' || t.oid || '.0' AS _parent,
       CASE WHEN i.indisunique THEN 'UNIQUE' END AS unique,
       format('%I.%I', n.nspname, t.relname)
       || substr(pg_get_indexdef(c.oid), strpos(pg_get_indexdef(c.oid), ' USING ')) AS definition,
       array_to_string(c.reloptions, E'\n') AS options,
       CASE WHEN NOT i.indisvalid AND t.relkind <> 'p' THEN 'INVALID' END AS validity,
       quote_ident(s.spcname) AS tablespace,
       (SELECT string_agg(format('ALTER COLUMN %s SET STATISTICS %s', a.attnum, a.attstattarget), ', ')
          FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0) AS statistics,
       quote_literal(d.description) AS comment,
       format('c:%I.%I', n.nspname, c.relname) AS _slots,
       CASE WHEN t.relkind = 'p' THEN 't' END AS _not_online
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_class t ON t.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
  LEFT JOIN pg_description d ON d.classoid = 1259 AND d.objoid = c.oid AND d.objsubid = 0
 WHERE c.oid >= 16384 AND t.relkind IN ('r', 'p', 'm') AND t.relpersistence <> 't'
   AND NOT c.relispartition
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
 ORDER BY n.nspname, t.relname, c.relname
