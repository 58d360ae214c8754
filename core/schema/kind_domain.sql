SELECT t.oid, 0 AS sub, format('%I.%I', n.nspname, t.typname) AS identity,
       format('%I', t.typname || '__old') AS _retired_ident,
       format('%I.%I', n.nspname, t.typname || '__old') AS _retired,
       format_type(t.typbasetype, t.typtypmod) AS type,
       CASE WHEN t.typcollation <> b.typcollation
            THEN (SELECT format('%I.%I', cn.nspname, c.collname)
                    FROM pg_collation c JOIN pg_namespace cn ON cn.oid = c.collnamespace
                   WHERE c.oid = t.typcollation) END AS collation,
       t.typdefault AS default,
       CASE WHEN t.typnotnull THEN 'NOT NULL' END AS not_null,
       CASE WHEN regexp_replace(nn.conname, '_not_null\d+$', '_not_null') <> t.typname || '_not_null'
            THEN quote_ident(nn.conname) END AS not_null_name,
       quote_ident(nn.conname) AS _not_null, quote_ident(coalesce(nn.conname, t.typname || '_not_null')) AS _not_null_from,
       (SELECT quote_literal(e.description) FROM pg_description e WHERE e.classoid = 2606 AND e.objoid = nn.oid) AS not_null_comment,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(t.typowner), current_user)) AS owner,
       format('c:%I.%I', n.nspname, t.typname) AS _slots
  FROM pg_type t
  JOIN pg_namespace n ON n.oid = t.typnamespace
  JOIN pg_type b ON b.oid = t.typbasetype
  LEFT JOIN pg_constraint nn ON nn.contype = 'n' AND nn.contypid = t.oid
  LEFT JOIN pg_description d ON d.classoid = 1247 AND d.objoid = t.oid
 WHERE t.typtype = 'd' AND t.oid >= 16384
 ORDER BY n.nspname, t.typname
