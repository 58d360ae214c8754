SELECT c.oid, 0 AS sub, format('%I.%I.%I', n.nspname, t.relname, c.conname) AS identity,
       format('%I.%I', n.nspname, t.relname) AS _table, quote_ident(c.conname) AS _ident,
       '1259.' || t.oid || '.0' AS _parent,
       regexp_replace(pg_get_constraintdef(c.oid), '( DEFERRABLE( INITIALLY DEFERRED)?)?( NOT VALID)?( NOT ENFORCED)?$', '\4') AS definition,
       CASE WHEN c.condeferrable THEN 'DEFERRABLE' END AS deferrable, CASE WHEN c.condeferred THEN 'DEFERRED' END AS initially,
       CASE WHEN c.condeferrable THEN ' DEFERRABLE' ELSE '' END AS _deferrable,
       CASE WHEN c.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END AS _initially,
       regexp_replace(pg_get_constraintdef(c.oid), '\).*', '') || c.confrelid::regclass AS _refuses,
       format('SELECT * FROM %I.%I child WHERE %s AND NOT EXISTS (SELECT FROM %s parent WHERE %s)', n.nspname, t.relname,
              CASE WHEN c.confmatchtype = 'f' THEN format('NOT num_nulls(%s) = %s', p.child, cardinality(c.conkey))
                   ELSE format('num_nulls(%s) = 0', p.child) END,
              c.confrelid::regclass, p.same) AS _unfit,
       CASE WHEN NOT c.convalidated THEN 'NOT VALID' END AS validity,
       CASE WHEN NOT c.convalidated THEN 't' END AS _apart,
       CASE WHEN NOT c.convalidated OR t.relkind = 'p' AND current_setting('server_version_num')::int < 180000
            THEN 't' END AS _not_online,
       quote_literal(d.description) AS comment,
       CASE WHEN c.conname = t.relname
                 || (SELECT string_agg('_' || a.attname, '' ORDER BY k.n)
                       FROM unnest(c.conkey) WITH ORDINALITY k (num, n)
                       JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.num) || '_fkey'
            THEN 't' END AS _default_name
  FROM pg_constraint c
  JOIN pg_class t ON t.oid = c.conrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace
 CROSS JOIN LATERAL (
       SELECT string_agg(format('child.%I', a.attname), ', ' ORDER BY k.n) AS child,
              string_agg(format('parent.%I = child.%I', f.attname, a.attname), ' AND ' ORDER BY k.n) AS same
         FROM unnest(c.conkey, c.confkey) WITH ORDINALITY k (num, other, n)
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num
         JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.other) p
  LEFT JOIN pg_description d ON d.classoid = 2606 AND d.objoid = c.oid
 WHERE c.contype = 'f' AND c.conparentid = 0 AND t.relpersistence <> 't' AND c.oid >= 16384
 ORDER BY n.nspname, t.relname, c.conname
