SELECT p.oid, 0 AS sub,
       format('%I.%I(%s)', n.nspname, p.proname,
              CASE WHEN a.aggkind = 'n' AND p.pronargs = 0 THEN '*'
                   ELSE pg_get_function_identity_arguments(p.oid) END) AS identity,
       concat_ws(', ', 'SFUNC = ' || a.aggtransfn::regproc,
              'STYPE = ' || format_type(a.aggtranstype, NULL),
              'SSPACE = ' || nullif(a.aggtransspace, 0),
              'FINALFUNC = ' || nullif(a.aggfinalfn::oid, 0)::regproc,
              CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
              'FINALFUNC_MODIFY = ' || CASE WHEN a.aggfinalmodify
                   <> CASE WHEN a.aggkind = 'n' THEN 'r' ELSE 'w' END
                   THEN CASE a.aggfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE'
                                              ELSE 'READ_WRITE' END END,
              'COMBINEFUNC = ' || nullif(a.aggcombinefn::oid, 0)::regproc,
              'SERIALFUNC = ' || nullif(a.aggserialfn::oid, 0)::regproc,
              'DESERIALFUNC = ' || nullif(a.aggdeserialfn::oid, 0)::regproc,
              'INITCOND = ' || quote_literal(a.agginitval),
              'MSFUNC = ' || nullif(a.aggmtransfn::oid, 0)::regproc,
              'MINVFUNC = ' || nullif(a.aggminvtransfn::oid, 0)::regproc,
              'MSTYPE = ' || format_type(nullif(a.aggmtranstype, 0), NULL),
              'MSSPACE = ' || nullif(a.aggmtransspace, 0),
              'MFINALFUNC = ' || nullif(a.aggmfinalfn::oid, 0)::regproc,
              CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
              'MINITCOND = ' || quote_literal(a.aggminitval),
              'SORTOP = ' || (SELECT format('OPERATOR(%I.%s)', n2.nspname, o.oprname) FROM pg_operator o
                   JOIN pg_namespace n2 ON n2.oid = o.oprnamespace WHERE o.oid = a.aggsortop),
              CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END,
              'PARALLEL = ' || CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END
       ) AS definition,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(p.proowner), current_user)) AS owner
  FROM pg_proc p
  JOIN pg_aggregate a ON a.aggfnoid = p.oid
  JOIN pg_namespace n ON n.oid = p.pronamespace
  LEFT JOIN pg_description d ON d.classoid = 1255 AND d.objoid = p.oid
 WHERE p.oid >= 16384
 ORDER BY n.nspname, p.proname, 3
