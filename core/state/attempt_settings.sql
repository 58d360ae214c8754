SELECT pg_catalog.set_config('session_authorization', NULL, true),
       pg_catalog.set_config('role', 'none', true),
       pg_catalog.set_config('synchronous_commit', 'local', true),
       pg_catalog.set_config('lock_timeout', '500ms', true),
       pg_catalog.set_config('statement_timeout', '800ms', true),
       pg_catalog.set_config('client_min_messages', 'warning', true)
