SELECT c.oid, 0 AS sub, format('%I.%I', n.nspname, c.relname) AS identity,
       quote_ident(s.srvname) AS server,
       (SELECT string_agg(quote_ident(o.option_name) || ' ' || quote_literal(o.option_value), E'\n'
                          ORDER BY o.option_name) FROM pg_options_to_table(f.ftoptions) o) AS options,
       (SELECT string_agg(quote_ident(o.option_name) || ' ' || quote_literal(o.option_value), ', '
                          ORDER BY o.option_name) FROM pg_options_to_table(f.ftoptions) o) AS _options,
       CASE WHEN NOT c.relispartition THEN p.parents END AS _inherits,
       CASE WHEN c.relispartition THEN p.parents END AS _partition_of,
       pg_get_expr(c.relpartbound, c.oid) AS partition,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(c.relowner), current_user)) AS owner,
       format('c:%I.%I', n.nspname, c.relname) AS _slots
  FROM pg_class c
  JOIN pg_foreign_table f ON f.ftrelid = c.oid
  JOIN pg_foreign_server s ON s.oid = f.ftserver
  JOIN pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL (SELECT string_agg(format('%I.%I', hn.nspname, h.relname), ', ' ORDER BY i.inhseqno)
                             AS parents
                        FROM pg_inherits i JOIN pg_class h ON h.oid = i.inhparent
                        JOIN pg_namespace hn ON hn.oid = h.relnamespace
                       WHERE i.inhrelid = c.oid) p
  LEFT JOIN pg_description d ON d.classoid = 1259 AND d.objoid = c.oid AND d.objsubid = 0
 WHERE c.oid >= 16384
 ORDER BY n.nspname, c.relname
