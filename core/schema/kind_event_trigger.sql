SELECT e.oid, 0 AS sub, quote_ident(e.evtname) AS identity,
       e.evtevent || coalesce(' WHEN TAG IN ('
            || (SELECT string_agg(quote_literal(t), ', ' ORDER BY t) FROM unnest(e.evttags) t) || ')', '')
       || ' EXECUTE FUNCTION ' || e.evtfoid::regproc || '()' AS definition,
       CASE e.evtenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
            WHEN 'A' THEN 'ENABLE ALWAYS' END AS enabled,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(e.evtowner), current_user)) AS owner
  FROM pg_event_trigger e
  LEFT JOIN pg_description d ON d.classoid = 3466 AND d.objoid = e.oid
 WHERE e.oid >= 16384
 ORDER BY e.evtname
