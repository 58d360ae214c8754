SELECT c.oid, 0 AS sub,
       format('(%s AS %s)', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)) AS identity,
       CASE c.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || c.castfunc::regprocedure
            WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END
       || CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END
       AS definition,
       quote_literal(d.description) AS comment
  FROM pg_cast c
  LEFT JOIN pg_description d ON d.classoid = 2605 AND d.objoid = c.oid
 WHERE c.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 2605 AND i.objid = c.oid AND i.deptype = 'i')
 ORDER BY 3
