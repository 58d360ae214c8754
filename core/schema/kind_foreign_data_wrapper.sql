SELECT w.oid, 0 AS sub, quote_ident(w.fdwname) AS identity,
       nullif(w.fdwhandler::oid, 0)::regproc AS handler,
       nullif(w.fdwvalidator::oid, 0)::regproc AS validator,
       (SELECT string_agg(quote_ident(o.option_name) || ' ' || quote_literal(o.option_value), ', '
                          ORDER BY o.option_name) FROM pg_options_to_table(w.fdwoptions) o) AS options,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(w.fdwowner), current_user)) AS owner
  FROM pg_foreign_data_wrapper w
  LEFT JOIN pg_description d ON d.classoid = 2328 AND d.objoid = w.oid
 WHERE w.oid >= 16384
 ORDER BY w.fdwname
