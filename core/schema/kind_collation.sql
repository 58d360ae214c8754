SELECT c.oid, 0 AS sub, format('%I.%I', n.nspname, c.collname) AS identity,
       concat_ws(', ', 'provider = ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'c' THEN 'libc'
                                        WHEN 'b' THEN 'builtin' ELSE quote_literal('default') END,
            CASE WHEN NOT c.collisdeterministic THEN 'deterministic = false' END,
            'locale = ' || quote_literal(coalesce(to_jsonb(c) ->> 'colliculocale',
                                                  to_jsonb(c) ->> 'colllocale')),
            'lc_collate = ' || quote_literal(c.collcollate), 'lc_ctype = ' || quote_literal(c.collctype),
            'rules = ' || quote_literal(to_jsonb(c) ->> 'collicurules')) AS definition,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(c.collowner), current_user)) AS owner
  FROM pg_collation c
  JOIN pg_namespace n ON n.oid = c.collnamespace
  LEFT JOIN pg_description d ON d.classoid = 3456 AND d.objoid = c.oid
 WHERE c.oid >= 16384
 ORDER BY n.nspname, c.collname
