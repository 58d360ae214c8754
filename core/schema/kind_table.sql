SELECT c.oid, 0 AS sub, format('%I.%I', n.nspname, c.relname) AS identity,
       quote_ident(c.relname) AS _ident,
       CASE WHEN NOT c.relispartition AND c.reloftype = 0 THEN ' ()' ELSE '' END AS _none,
       CASE WHEN c.relpersistence = 'u' THEN 'UNLOGGED' END AS persistence,
       format_type(nullif(c.reloftype, 0), NULL) AS of_type,
       pg_get_partkeydef(c.oid) AS partition_by,
       CASE WHEN c.relispartition THEN format('%I.%I', pn.nspname, p.relname) END AS _partition_of,
       pg_get_expr(c.relpartbound, c.oid) AS _bound,
       CASE WHEN c.relispartition
            THEN format('%I.%I ', pn.nspname, p.relname) || pg_get_expr(c.relpartbound, c.oid) END
       AS partition,
       CASE WHEN c.relispartition
            THEN concat_ws(E'\x1e',
                   (SELECT string_agg(format('ALTER COLUMN %I SET NOT NULL', a.attname), E'\x1e' ORDER BY a.attnum)
                      FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attnotnull),
                   (SELECT string_agg(format('ADD CONSTRAINT %I ', k.conname) || pg_get_constraintdef(k.oid)
                           || (SELECT coalesce(string_agg(format(E'\x1fALTER COLUMN %I ', a.attname), ''), '')
                                 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey)), E'\x1e' ORDER BY k.conname)
                      FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND NOT k.conislocal)) END AS _attached,
       CASE WHEN NOT c.relispartition AND EXISTS (SELECT FROM pg_partitioned_table)
            THEN concat_ws(E'\x1e',
                   (SELECT string_agg(format('ALTER COLUMN %I ', a.attname), E'\x1e')
                      FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0),
                   (SELECT string_agg(format('ADD CONSTRAINT %I ', k.conname), E'\x1e')
                      FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c')) END AS _loose,
       CASE WHEN NOT c.relispartition
            THEN (SELECT string_agg(format('%I.%I', hn.nspname, h.relname), ', ' ORDER BY i.inhseqno)
                    FROM pg_inherits i JOIN pg_class h ON h.oid = i.inhparent
                    JOIN pg_namespace hn ON hn.oid = h.relnamespace WHERE i.inhrelid = c.oid) END
       AS _inherits,
       array_to_string(c.reloptions || (SELECT array_agg('toast.' || o) FROM pg_class toast,
             unnest(toast.reloptions) o WHERE toast.oid = c.reltoastrelid), E'\n') AS options,
       (SELECT string_agg(format('%s=%L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)), ', ')
          FROM unnest(c.reloptions || (SELECT array_agg('toast.' || o) FROM pg_class toast,
               unnest(toast.reloptions) o WHERE toast.oid = c.reltoastrelid)) o) AS _options,
       quote_ident(s.spcname) AS tablespace,
       CASE WHEN c.relkind = 'p' OR am.amname <> 'heap' THEN quote_ident(am.amname) END AS access_method,
       CASE WHEN c.relkind = 'p' THEN 'DEFAULT' ELSE 'heap' END AS _access_method_none,
       CASE WHEN c.relrowsecurity THEN 'ENABLE' END AS row_security,
       CASE WHEN c.relforcerowsecurity THEN 'FORCE' END AS force_row_security,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(c.relowner), current_user)) AS owner,
       format('c:%I.%I', n.nspname, c.relname) AS _slots,
       CASE WHEN c.relispartition THEN '1259.' || p.oid || '.0' END AS _needs
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_inherits pi ON c.relispartition AND pi.inhrelid = c.oid
  LEFT JOIN pg_class p ON p.oid = pi.inhparent
  LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
  LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
  LEFT JOIN pg_am am ON am.oid = c.relam
  LEFT JOIN pg_description d ON d.classoid = 1259 AND d.objoid = c.oid AND d.objsubid = 0
 WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384 AND c.relpersistence <> 't'
 ORDER BY n.nspname, c.relname
