SELECT t.oid, 0 AS sub, format('%I.%I', n.nspname, t.dictname) AS identity,
       format('TEMPLATE = %I.%I', mn.nspname, m.tmplname) || coalesce(', ' || t.dictinitoption, '')
       AS definition,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(t.dictowner), current_user)) AS owner
  FROM pg_ts_dict t
  JOIN pg_namespace n ON n.oid = t.dictnamespace
  JOIN pg_ts_template m ON m.oid = t.dicttemplate
  JOIN pg_namespace mn ON mn.oid = m.tmplnamespace
  LEFT JOIN pg_description d ON d.classoid = 3600 AND d.objoid = t.oid
 WHERE t.oid >= 16384
 ORDER BY n.nspname, t.dictname
