SELECT pg_catalog.set_config('search_path',
         COALESCE($2, pg_catalog.current_setting('search_path')), $1::pg_catalog.bool),
       pg_catalog.set_config('role',
         COALESCE($3, pg_catalog.current_setting('role')), $1::pg_catalog.bool)
