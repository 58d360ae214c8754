SELECT p.oid, 0 AS sub, quote_ident(p.pubname) AS identity,
       CASE WHEN p.puballtables THEN 'FOR ALL TABLES' END AS all_tables,
       concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
            CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END) AS publish,
       CASE WHEN p.pubviaroot THEN 'true' END AS via_root,
       CASE WHEN to_jsonb(p) ->> 'pubgencols' = 's' THEN 'stored' END AS generated,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(p.pubowner), current_user)) AS owner
  FROM pg_publication p
  LEFT JOIN pg_description d ON d.classoid = 6104 AND d.objoid = p.oid
 WHERE p.oid >= 16384
 ORDER BY p.pubname
