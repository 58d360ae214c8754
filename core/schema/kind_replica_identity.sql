SELECT c.oid, -1 AS sub, format('%I.%I', n.nspname, c.relname) AS identity,
       '1259.' || c.oid || '.0' AS _parent,
       CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING'
            ELSE 'USING INDEX ' || quote_ident(x.relname) END AS setting,
       '1259.' || x.oid || '.0' || (SELECT string_agg(format(' 1259.%s.%s', c.oid, num), '') FROM unnest(i.indkey) num) AS _needs,
       CASE c.relreplident WHEN 'i' THEN 't' END AS _strict
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisreplident
  LEFT JOIN pg_class x ON x.oid = i.indexrelid
 WHERE c.relkind IN ('r', 'p') AND c.relreplident <> 'd' AND c.oid >= 16384 AND c.relpersistence <> 't'
   AND (c.relreplident <> 'i' OR x.oid IS NOT NULL)
 ORDER BY n.nspname, c.relname
