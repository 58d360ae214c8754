SELECT version::pg_catalog.text, dirty
  FROM {table}
