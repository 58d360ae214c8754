SELECT s.oid, 0 AS sub, format('%I.%I', n.nspname, s.stxname) AS identity,
       pg_get_statisticsobjdef(s.oid) AS definition,
       CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END AS target,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(s.stxowner), current_user)) AS owner
  FROM pg_statistic_ext s
  JOIN pg_namespace n ON n.oid = s.stxnamespace
  LEFT JOIN pg_description d ON d.classoid = 3381 AND d.objoid = s.oid
 WHERE s.oid >= 16384
 ORDER BY n.nspname, s.stxname
