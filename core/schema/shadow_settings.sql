SELECT format('CREATE DATABASE %%s TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L',
              pg_encoding_to_char(d.encoding), d.datcollate, d.datctype)
       || CASE WHEN to_jsonb(d) ->> 'datlocprovider' = 'i'
               THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L',
                           coalesce(to_jsonb(d) ->> 'daticulocale', to_jsonb(d) ->> 'datlocale'))
               ELSE '' END,
       p.path, p.current,
       -- A partitioned table refuses the database's own.
       CASE WHEN t.spcname <> pg_catalog.current_setting('default_tablespace')
            THEN pg_catalog.current_setting('default_tablespace') ELSE '' END,
       (SELECT pg_catalog.string_agg('CREATE SCHEMA IF NOT EXISTS ' || s.name, '; ')
          FROM (SELECT pg_catalog.quote_ident(n)
                  FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) n
                 WHERE n !~ '^pg_' AND n <> 'information_schema') s (name)
         WHERE s.name <> 'public'),
       (SELECT r.rolcreatedb OR r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user),
       -- separated as nobody's schema is named
       (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n), E'\n' ORDER BY place)
          FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY s (n, place)
         WHERE place > 1 AND n !~ '^pg_' AND n <> 'information_schema')
  FROM pg_catalog.pg_database d
  JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
 CROSS JOIN (SELECT pg_catalog.replace(pg_catalog.current_setting('search_path'), '"$user"',
                                       pg_catalog.quote_ident(current_user)),
                    coalesce(pg_catalog.quote_ident(pg_catalog.current_schema()), 'public')) AS p (path, current)
 WHERE d.datname = pg_catalog.current_database()
