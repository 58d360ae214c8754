SELECT p.oid, 0 AS sub,
       format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)) AS identity,
       CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END AS what,
       pg_get_function_arguments(p.oid) AS arguments,
       pg_get_function_result(p.oid) AS result,
       CASE WHEN p.prokind = 'w' THEN 'WINDOW' END AS window,
       rtrim(pg_get_functiondef(p.oid), E'\n') AS definition,
       CASE WHEN p.prolang IN (SELECT l.oid FROM pg_language l WHERE l.lanname IN ('sql', 'plpgsql'))
            THEN p.prosrc END AS _body,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(p.proowner), current_user)) AS owner
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  LEFT JOIN pg_description d ON d.classoid = 1255 AND d.objoid = p.oid
 WHERE p.prokind <> 'a' AND p.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 1255 AND i.objid = p.oid AND i.deptype = 'i')
 ORDER BY n.nspname, p.proname, 3
