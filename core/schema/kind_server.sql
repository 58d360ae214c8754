SELECT s.oid, 0 AS sub, quote_ident(s.srvname) AS identity,
       quote_ident(w.fdwname) AS wrapper,
       quote_literal(s.srvtype) AS type, quote_literal(s.srvversion) AS version,
       (SELECT string_agg(quote_ident(o.option_name) || ' ' || quote_literal(o.option_value), E'\n'
                          ORDER BY o.option_name) FROM pg_options_to_table(s.srvoptions) o) AS options,
       (SELECT string_agg(quote_ident(o.option_name) || ' ' || quote_literal(o.option_value), ', '
                          ORDER BY o.option_name) FROM pg_options_to_table(s.srvoptions) o) AS _options,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(s.srvowner), current_user)) AS owner
  FROM pg_foreign_server s
  JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
  LEFT JOIN pg_description d ON d.classoid = 1417 AND d.objoid = s.oid
 WHERE s.oid >= 16384
 ORDER BY s.srvname
