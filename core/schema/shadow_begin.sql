SELECT pg_catalog.set_config('search_path', $1, false),
       CASE WHEN $2 = '' OR EXISTS (SELECT FROM pg_catalog.pg_tablespace t WHERE t.spcname = $2)
            THEN pg_catalog.set_config('default_tablespace', $2, false) END
