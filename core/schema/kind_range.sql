SELECT t.oid, 0 AS sub, format('%I.%I', n.nspname, t.typname) AS identity,
       format_type(r.rngsubtype, NULL) AS subtype,
       CASE WHEN NOT o.opcdefault THEN format('%I.%I', opn.nspname, o.opcname) END AS opclass,
       CASE WHEN r.rngcollation <> s.typcollation
            THEN (SELECT format('%I.%I', cn.nspname, k.collname)
                    FROM pg_collation k JOIN pg_namespace cn ON cn.oid = k.collnamespace
                   WHERE k.oid = r.rngcollation) END AS collation,
       nullif(r.rngcanonical::oid, 0)::regproc AS canonical,
       nullif(r.rngsubdiff::oid, 0)::regproc AS diff,
       format('%I.%I', mn.nspname, m.typname) AS multirange,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(t.typowner), current_user)) AS owner,
       format('c:%I.%I', n.nspname, t.typname) AS _slots
  FROM pg_range r
  JOIN pg_type t ON t.oid = r.rngtypid
  JOIN pg_namespace n ON n.oid = t.typnamespace
  JOIN pg_type s ON s.oid = r.rngsubtype
  JOIN pg_opclass o ON o.oid = r.rngsubopc
  JOIN pg_namespace opn ON opn.oid = o.opcnamespace
  JOIN pg_type m ON m.oid = r.rngmultitypid
  JOIN pg_namespace mn ON mn.oid = m.typnamespace
  LEFT JOIN pg_description d ON d.classoid = 1247 AND d.objoid = t.oid
 WHERE t.oid >= 16384
 ORDER BY n.nspname, t.typname
