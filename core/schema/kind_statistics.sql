-- The server keeps the columns in the order in which they stand in the table.
SELECT s.oid, 0 AS sub, format('%I.%I', n.nspname, s.stxname) AS identity,
       replace(pg_get_statisticsobjdef(s.oid), ' ON ' || x.columns || ' FROM ',
               ' ON ' || k.sorted || substr(x.columns, length(k.plain) + 1) || ' FROM ') AS definition,
       CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END AS target,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(s.stxowner), current_user)) AS owner
  FROM pg_statistic_ext s
  JOIN pg_namespace n ON n.oid = s.stxnamespace
  LEFT JOIN pg_description d ON d.classoid = 3381 AND d.objoid = s.oid
 CROSS JOIN LATERAL (SELECT pg_get_statisticsobjdef_columns(s.oid) AS columns) x
 CROSS JOIN LATERAL (SELECT coalesce(string_agg(quote_ident(a.attname), ', ' ORDER BY u.n), '') AS plain,
                            coalesce(string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname), '') AS sorted
                       FROM unnest(s.stxkeys) WITH ORDINALITY u (num, n)
                       JOIN pg_attribute a ON a.attrelid = s.stxrelid AND a.attnum = u.num) k
 WHERE s.oid >= 16384
 ORDER BY n.nspname, s.stxname
