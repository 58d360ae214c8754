SELECT pg_catalog.set_config('migrate.source', $1, false), pg_catalog.set_config('migrate.target', $2, false),
       pg_catalog.set_config('migrate.part', $3, false), pg_catalog.set_config('search_path', '', false)
