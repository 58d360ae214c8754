SELECT r.oid, 0 AS sub, format('%I.%I.%I', n.nspname, c.relname, r.rulename) AS identity,
       format('%I.%I', n.nspname, c.relname) AS _table, quote_ident(r.rulename) AS _ident,
       '1259.' || c.oid || '.0' AS _parent,
       rtrim(pg_get_ruledef(r.oid), ';') AS definition,
       CASE r.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
            WHEN 'A' THEN 'ENABLE ALWAYS' END AS enabled,
       quote_literal(d.description) AS comment
  FROM pg_rewrite r
  JOIN pg_class c ON c.oid = r.ev_class
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_description d ON d.classoid = 2618 AND d.objoid = r.oid
 WHERE r.rulename <> '_RETURN' AND r.oid >= 16384
 ORDER BY n.nspname, c.relname, r.rulename
