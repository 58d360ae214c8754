SELECT version::pg_catalog.text, false
  FROM {table}
