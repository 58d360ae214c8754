-- Lists of quoted names cannot be written as one literal.
SELECT pg_catalog.quote_ident(p.name), pg_catalog.quote_literal(p.value), p.name, p.value,
       p.name = ANY ('{local_preload_libraries,search_path,session_preload_libraries,temp_tablespaces}'
                     ::pg_catalog.text[])
  FROM pg_catalog.pg_database d
  JOIN pg_catalog.pg_db_role_setting s ON s.setdatabase = d.oid
       AND s.setrole = ANY (ARRAY[0::pg_catalog.oid, pg_catalog.to_regrole(
             pg_catalog.quote_ident(session_user))::pg_catalog.oid]),
       pg_catalog.unnest(s.setconfig) item,
       LATERAL (SELECT pg_catalog.split_part(item, '=', 1) AS name,
                       pg_catalog.substr(item, pg_catalog.strpos(item, '=') + 1)
                         AS value) p
 WHERE d.datname = pg_catalog.current_database()
   AND p.name <> ALL ('{role,session_authorization}'::pg_catalog.text[])
 ORDER BY s.setrole
