SELECT pg_catalog.pg_advisory_unlock($1::pg_catalog.int8), pg_catalog.pg_notify('migrate_lock', '')
