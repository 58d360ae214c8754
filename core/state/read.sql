SELECT v.version_num,
       c.relnamespace::pg_catalog.regnamespace,
       pg_catalog.pg_is_in_recovery(),
       pg_catalog.current_setting('listen_addresses') OPERATOR(pg_catalog.<>) ''
  FROM pg_catalog.pg_class c
  LEFT JOIN {prefix}alembic_version v ON true
 WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1)
