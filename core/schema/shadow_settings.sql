SELECT format('CREATE DATABASE %%s TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L',
              pg_encoding_to_char(d.encoding), d.datcollate, d.datctype)
       || CASE WHEN to_jsonb(d) ->> 'datlocprovider' = 'i'
               THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L',
                           coalesce(to_jsonb(d) ->> 'daticulocale', to_jsonb(d) ->> 'datlocale'))
               ELSE '' END,
       pg_catalog.current_setting('search_path'),
       pg_catalog.quote_ident(pg_catalog.current_schema()),
       -- A partitioned table refuses the database's own.
       CASE WHEN t.spcname <> pg_catalog.current_setting('default_tablespace')
            THEN pg_catalog.current_setting('default_tablespace') ELSE '' END
  FROM pg_catalog.pg_database d
  JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
 WHERE d.datname = pg_catalog.current_database()
