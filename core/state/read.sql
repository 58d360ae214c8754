SELECT pg_catalog.string_agg(v.version_num, E'\n' ORDER BY v.version_num COLLATE pg_catalog."C"),
       (SELECT pg_catalog.quote_ident(n.nspname)
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
         WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1)),
       pg_catalog.pg_is_in_recovery(),
       pg_catalog.current_setting('listen_addresses') OPERATOR(pg_catalog.<>) ''
  FROM {prefix}alembic_version v
