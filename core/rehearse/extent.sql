SELECT w.name,
       pg_catalog.pg_table_size(r.oid),
       pg_catalog.pg_indexes_size(r.oid),
       GREATEST(c.reltuples, 0)::pg_catalog.int8
  FROM pg_catalog.unnest($1::pg_catalog.text[]) w(name),
       LATERAL (SELECT pg_catalog.to_regclass(w.name)::pg_catalog.oid AS oid) r
  JOIN pg_catalog.pg_class c ON c.oid = r.oid
