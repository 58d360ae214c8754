-- Of the tables $1, in this order: schema, name, whether it is another server's, whether an extension made it.
SELECT n.nspname, c.relname, c.relkind = 'f',
       EXISTS (SELECT
                 FROM pg_catalog.pg_depend d
                WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
  FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY u (name, number)
  LEFT JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(u.name)
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 ORDER BY u.number
