SELECT r.oid, 0 AS sub, format('%I TABLE %I.%I', p.pubname, n.nspname, c.relname) AS identity,
       quote_ident(p.pubname) AS _publication, format('%I.%I', n.nspname, c.relname) AS _table,
       '6104.' || p.oid || '.0' AS _parent,
       (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname)
          FROM unnest(r.prattrs::int2[]) k (num)
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.num) AS columns,
       pg_get_expr(r.prqual, r.prrelid) AS condition
  FROM pg_publication_rel r
  JOIN pg_publication p ON p.oid = r.prpubid
  JOIN pg_class c ON c.oid = r.prrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE r.oid >= 16384
 ORDER BY 3
