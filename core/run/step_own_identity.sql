SELECT pg_catalog.set_config('session_authorization', NULL, true),
       pg_catalog.set_config('role', 'none', true)
