SELECT pg_catalog.set_config('session_authorization', NULL, $1::pg_catalog.bool),
       pg_catalog.set_config('role', NULL, $1::pg_catalog.bool),
       pg_catalog.set_config('lock_timeout',
         COALESCE($2, pg_catalog.current_setting('lock_timeout')), $1::pg_catalog.bool),
       pg_catalog.set_config('statement_timeout',
         COALESCE($3, pg_catalog.current_setting('statement_timeout')), $1::pg_catalog.bool)
