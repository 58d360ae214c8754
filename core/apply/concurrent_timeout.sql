SELECT pg_catalog.set_config('lock_timeout', $2, false)
  FROM pg_catalog.pg_settings
 WHERE name = 'lock_timeout'
   AND setting = COALESCE($1::pg_catalog.text, reset_val)
