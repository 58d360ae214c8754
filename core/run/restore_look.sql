SELECT (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) current_user),
       EXISTS (SELECT FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) $1),
       EXISTS (SELECT FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) $2),
       (SELECT t.spcname
          FROM pg_catalog.pg_database d
          JOIN pg_catalog.pg_tablespace t ON t.oid OPERATOR(pg_catalog.=) d.dattablespace
         WHERE d.datname OPERATOR(pg_catalog.=) $2
           AND t.spcname OPERATOR(pg_catalog.<>) 'pg_default')
