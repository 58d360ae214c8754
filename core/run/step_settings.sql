SELECT pg_catalog.set_config('session_authorization', NULL, $1::pg_catalog.bool),
       pg_catalog.set_config('role', NULL, $1::pg_catalog.bool),
       pg_catalog.set_config('idle_in_transaction_session_timeout', '0', $1::pg_catalog.bool),
       pg_catalog.set_config('lock_timeout',
         COALESCE($2, pg_catalog.current_setting('lock_timeout')), $1::pg_catalog.bool),
       pg_catalog.set_config('statement_timeout',
         COALESCE($3, pg_catalog.current_setting('statement_timeout')), $1::pg_catalog.bool),
       CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 140000
            THEN pg_catalog.concat(
                   pg_catalog.set_config('idle_session_timeout', '0', $1::pg_catalog.bool),
                   pg_catalog.set_config('client_connection_check_interval', '2s', $1::pg_catalog.bool))
       END
