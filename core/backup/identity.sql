SELECT pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1), d.datname,
       pg_catalog.pg_database_size(d.oid), pg_catalog.pg_encoding_to_char(d.encoding),
       d.datcollate, d.datctype,
       NULLIF(pg_catalog.to_jsonb(d) OPERATOR(pg_catalog.->>) 'datlocprovider', 'c'),
       COALESCE(pg_catalog.to_jsonb(d) OPERATOR(pg_catalog.->>) 'datlocale',
                pg_catalog.to_jsonb(d) OPERATOR(pg_catalog.->>) 'daticulocale'),
       pg_catalog.to_jsonb(d) OPERATOR(pg_catalog.->>) 'daticurules',
       d.oid,
       (SELECT pg_catalog.replace(s.reset_val, '"$user"', pg_catalog.quote_ident(SESSION_USER))
          FROM pg_catalog.pg_settings s
         WHERE s.name OPERATOR(pg_catalog.=) 'search_path')
  FROM pg_catalog.pg_database d
 WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
