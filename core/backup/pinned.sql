-- Functions that read the search_path of whoever calls them, and that an index, a generated column, a check or
-- a view may call: what they are called in full, and their schema. The search_path is empty.
SELECT pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
       n.nspname
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
 WHERE p.oid >= 16384
   AND p.prokind IN ('f', 'w')
   AND l.lanname NOT IN ('internal', 'c')
   AND p.prorettype <> ALL (ARRAY['pg_catalog.trigger', 'pg_catalog.event_trigger']::pg_catalog.regtype[])
   AND pg_catalog.to_jsonb(p) ->> 'prosqlbody' IS NULL
   AND NOT EXISTS (SELECT FROM pg_catalog.unnest(p.proconfig) c WHERE pg_catalog.starts_with(c, 'search_path='))
   AND (p.provolatile = 'i'
        OR EXISTS (SELECT
                     FROM pg_catalog.pg_depend d
                    WHERE d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                      AND d.refobjid = p.oid
                      AND d.classid <> ALL (ARRAY['pg_catalog.pg_trigger',
                              'pg_catalog.pg_event_trigger']::pg_catalog.regclass[])))
