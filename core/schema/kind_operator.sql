SELECT o.oid, 0 AS sub,
       format('%I.%s (%s, %s)', n.nspname, o.oprname, coalesce(format_type(nullif(o.oprleft, 0), NULL), 'NONE'),
              coalesce(format_type(nullif(o.oprright, 0), NULL), 'NONE')) AS identity,
       format('%I.%s', n.nspname, o.oprname) AS _name,
       concat_ws(', ', 'FUNCTION = ' || o.oprcode::regproc,
            'LEFTARG = ' || format_type(nullif(o.oprleft, 0), NULL),
            'RIGHTARG = ' || format_type(nullif(o.oprright, 0), NULL),
            'COMMUTATOR = ' || (SELECT format('OPERATOR(%I.%s)', n2.nspname, p.oprname) FROM pg_operator p
                 JOIN pg_namespace n2 ON n2.oid = p.oprnamespace WHERE p.oid = o.oprcom),
            'NEGATOR = ' || (SELECT format('OPERATOR(%I.%s)', n2.nspname, p.oprname) FROM pg_operator p
                 JOIN pg_namespace n2 ON n2.oid = p.oprnamespace WHERE p.oid = o.oprnegate),
            CASE WHEN o.oprcanhash THEN 'HASHES' END, CASE WHEN o.oprcanmerge THEN 'MERGES' END,
            'RESTRICT = ' || nullif(o.oprrest::oid, 0)::regproc,
            'JOIN = ' || nullif(o.oprjoin::oid, 0)::regproc) AS definition,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(o.oprowner), current_user)) AS owner
  FROM pg_operator o
  JOIN pg_namespace n ON n.oid = o.oprnamespace
  LEFT JOIN pg_description d ON d.classoid = 2617 AND d.objoid = o.oid
 WHERE o.oid >= 16384 AND o.oprcode <> 0
 ORDER BY 3
