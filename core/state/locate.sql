SELECT NULL,
       pg_catalog.quote_ident(pg_catalog.current_schema()),
       pg_catalog.pg_is_in_recovery(),
       pg_catalog.current_setting('listen_addresses') OPERATOR(pg_catalog.<>) '',
       CASE WHEN pg_catalog.current_schema() IS NULL THEN (
          SELECT s.source OPERATOR(pg_catalog.=) 'session' AND s.setting OPERATOR(pg_catalog.<>) s.reset_val
            FROM pg_catalog.pg_settings s
           WHERE s.name OPERATOR(pg_catalog.=) 'search_path') END
