SELECT p.oid, 0 AS sub, format('%I.%I.%I', n.nspname, c.relname, p.polname) AS identity,
       format('%I.%I', n.nspname, c.relname) AS _table, quote_ident(p.polname) AS _ident,
       '1259.' || c.oid || '.0' AS _parent,
       concat_ws(' ', CASE WHEN NOT p.polpermissive THEN 'AS RESTRICTIVE' END,
            'FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                      WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
            'TO ' || (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END,
                                        ', ' ORDER BY r) FROM unnest(p.polroles) r),
            'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
            'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') AS definition,
       quote_literal(d.description) AS comment
  FROM pg_policy p
  JOIN pg_class c ON c.oid = p.polrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_description d ON d.classoid = 3256 AND d.objoid = p.oid
 WHERE p.oid >= 16384
 ORDER BY n.nspname, c.relname, p.polname
