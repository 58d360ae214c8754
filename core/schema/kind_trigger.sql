SELECT g.oid, 0 AS sub, format('%I.%I.%I', n.nspname, c.relname, g.tgname) AS identity,
       format('%I.%I', n.nspname, c.relname) AS _table, quote_ident(g.tgname) AS _ident,
       '1259.' || c.oid || '.0' AS _parent,
       pg_get_triggerdef(g.oid) AS definition,
       CASE g.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
            WHEN 'A' THEN 'ENABLE ALWAYS' END AS enabled,
       quote_literal(d.description) AS comment
  FROM pg_trigger g
  JOIN pg_class c ON c.oid = g.tgrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_description d ON d.classoid = 2620 AND d.objoid = g.oid
 WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND g.oid >= 16384 AND c.relpersistence <> 't'
 ORDER BY n.nspname, c.relname, g.tgname
