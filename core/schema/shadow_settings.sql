SELECT format('CREATE DATABASE %%s TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L',
              pg_encoding_to_char(d.encoding), d.datcollate, d.datctype)
       || CASE WHEN to_jsonb(d) ->> 'datlocprovider' = 'i'
               THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L',
                           coalesce(to_jsonb(d) ->> 'daticulocale', to_jsonb(d) ->> 'datlocale'))
               ELSE '' END,
       pg_catalog.current_setting('search_path'),
       pg_catalog.quote_ident(pg_catalog.current_schema())
  FROM pg_catalog.pg_database d
 WHERE d.datname = pg_catalog.current_database()
