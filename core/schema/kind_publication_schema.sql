SELECT r.oid, 0 AS sub, format('%I TABLES IN SCHEMA %I', p.pubname, n.nspname) AS identity,
       quote_ident(p.pubname) AS _publication, quote_ident(n.nspname) AS _schema,
       '6104.' || p.oid || '.0' AS _parent
  FROM pg_publication_namespace r
  JOIN pg_publication p ON p.oid = r.pnpubid
  JOIN pg_namespace n ON n.oid = r.pnnspid
 WHERE r.oid >= 16384
 ORDER BY 3
