SELECT pg_catalog.pg_encoding_to_char(d.encoding),
       d.datcollate,
       d.datctype,
       CASE pg_catalog.to_jsonb(d) ->> 'datlocprovider'
         WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
       COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocale',
                pg_catalog.to_jsonb(d) ->> 'daticulocale'),
       pg_catalog.to_jsonb(d) ->> 'daticurules'
  FROM pg_catalog.pg_database d
 WHERE d.datname = pg_catalog.current_database()
