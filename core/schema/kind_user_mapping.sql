SELECT u.umid AS oid, 0 AS sub,
       format('%s SERVER %I', CASE u.umuser WHEN 0 THEN 'PUBLIC' ELSE quote_ident(u.usename) END, u.srvname)
       AS identity,
       (SELECT string_agg(quote_ident(o.option_name) || ' ' || quote_literal(o.option_value), ', '
                          ORDER BY o.option_name) FROM pg_options_to_table(u.umoptions) o) AS options
  FROM pg_user_mappings u
 WHERE u.umid >= 16384
 ORDER BY 3
