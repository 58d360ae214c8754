SELECT pg_catalog.set_config('session_authorization', NULL, true),
       pg_catalog.set_config('role', 'none', true),
       pg_catalog.set_config('statement_timeout', '0', true)
