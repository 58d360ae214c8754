-- Those of ours that no session cares for: the live one that made them carries their name.
SELECT pg_catalog.quote_ident(d.datname)
  FROM pg_catalog.pg_database d
 WHERE d.datname ~ '^migrate_shadow_[0-9a-f]{12}$'
   AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
                    WHERE a.application_name = d.datname OR a.datname = d.datname)
