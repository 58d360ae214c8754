SELECT NULL,
       pg_catalog.quote_ident(pg_catalog.current_schema()),
       pg_catalog.pg_is_in_recovery(),
       pg_catalog.current_setting('listen_addresses') OPERATOR(pg_catalog.<>) ''
