-- What a model leaves unsaid of an index is kept, so that each part of it is a value; classes has one for each key, or none. A
-- class is written where it is not the one that the server would take.
SELECT c.oid, 0 AS sub, format('%I.%I', n.nspname, c.relname) AS identity,
       quote_ident(c.relname) AS _ident, format('%I.migrate_new_index', n.nspname) AS _new,
       format('%I.%I', n.nspname, t.relname) AS _table,
       '1259.' || t.oid || '.0' AS _parent,
       CASE WHEN ap.root IS NOT NULL THEN 'ONLY' END AS _only,
       CASE WHEN ap.root IS NOT NULL
            THEN (SELECT string_agg('1259.' || b.relid::oid || '.0', ' ') FROM pg_partition_tree(t.oid) b WHERE b.level > 0) END AS _follows,
       CASE WHEN ap.root IS NOT NULL
            THEN (SELECT string_agg(format('%I.%I', ln.nspname, lc.relname), E'\n')
                    FROM lacking la JOIN pg_class lc ON lc.oid = la.tab JOIN pg_namespace ln ON ln.oid = lc.relnamespace
                   WHERE la.root = c.oid) END AS _lacking,
       CASE WHEN EXISTS (SELECT FROM tree own WHERE own.up = c.oid) THEN 'CASCADE' END AS _cascade,
       pg_get_indexdef(c.oid) AS _definition,
       CASE WHEN i.indisunique THEN 'UNIQUE' END AS unique,
       format('%I.%I', n.nspname, t.relname) AS table,
       CASE WHEN m.amname <> 'btree' THEN quote_ident(m.amname) END AS method, 'btree' AS _method_none,
       k.keys, k._keys, k.classes,
       (SELECT string_agg(pg_get_indexdef(c.oid, num, false), ', ' ORDER BY num)
          FROM generate_series(i.indnkeyatts + 1, i.indnatts) num) AS include,
       CASE WHEN to_jsonb(i) ->> 'indnullsnotdistinct' = 'true' THEN 'NULLS NOT DISTINCT' END AS nulls,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       CASE WHEN i.indisunique THEN k.plain END AS _refuses,
       CASE WHEN to_jsonb(i) ->> 'indnullsnotdistinct' = 'true' THEN NULL ELSE k.plain END AS _unless_null,
       (SELECT string_agg(format('%s=%L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)), ', ')
          FROM unnest(c.reloptions) o) AS _options,
       array_to_string(c.reloptions, E'\n') AS options,
       CASE WHEN NOT i.indisvalid AND t.relkind <> 'p' THEN 'INVALID' END AS validity,
       quote_ident(s.spcname) AS tablespace,
       (SELECT string_agg(format('%s SET STATISTICS %s', a.attnum, a.attstattarget), E'\n' ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0) AS statistics,
       quote_literal(d.description) AS comment,
       format('c:%I.%I', n.nspname, c.relname) AS _slots,
       CASE WHEN i.indisreplident AND t.relreplident = 'i' THEN format('%I.%I', n.nspname, t.relname) END AS _identifies,
       CASE WHEN t.relkind = 'p' THEN 't' END AS _not_online, CASE WHEN t.relkind = 'p' THEN 't' END AS _partitioned
  FROM (SELECT i.* FROM pg_index i
         WHERE i.indexrelid >= 16384
           AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
        OFFSET 0) i
  JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_class t ON t.oid = i.indrelid
  JOIN pg_am m ON m.oid = c.relam
  JOIN pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL (
       SELECT string_agg(y.key, ', ' ORDER BY a.attnum) AS keys,
              string_agg(CASE WHEN i.indisunique THEN pg_get_indexdef(c.oid, a.attnum, false) END, ', ' ORDER BY a.attnum) AS plain,
              string_agg(y.key, E'\x1f' ORDER BY a.attnum) AS _keys,
              CASE WHEN bool_or(x.class <> '') THEN string_agg(x.class, ', ' ORDER BY a.attnum) END AS classes
         FROM pg_attribute a
         LEFT JOIN pg_attribute ta ON ta.attrelid = t.oid AND ta.attnum = i.indkey[a.attnum - 1] AND ta.attnum > 0
         JOIN pg_type ty ON ty.oid = a.atttypid
         JOIN pg_opclass oc ON oc.oid = i.indclass[a.attnum - 1]
         JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace
         LEFT JOIN pg_type tty ON tty.oid = CASE WHEN ta.attnum IS NOT NULL THEN ta.atttypid
                                                 WHEN oc.opckeytype = 0 THEN a.atttypid END
         LEFT JOIN pg_opclass e ON e.opcmethod = m.oid AND e.opcdefault AND e.oid <> oc.oid
                               AND e.opcintype = coalesce(nullif(tty.typbasetype, 0), tty.oid)
         LEFT JOIN pg_collation co ON co.oid = i.indcollation[a.attnum - 1]
                                  AND co.oid <> coalesce(ta.attcollation, ty.typcollation)
         LEFT JOIN pg_namespace con ON con.oid = co.collnamespace
        CROSS JOIN LATERAL (
              SELECT pg_get_indexdef(c.oid, a.attnum, false)
                     || CASE WHEN NOT pg_indexam_has_property(m.oid, 'can_order') THEN ''
                             ELSE ('{"", " DESC NULLS LAST", " NULLS FIRST", " DESC"}'::text[])[1 + (i.indoption[a.attnum - 1] & 3)]
                        END AS key) y
        CROSS JOIN LATERAL (
              SELECT concat_ws(' ', CASE WHEN co.oid IS NOT NULL THEN format('COLLATE %I.%I', con.nspname, co.collname) END,
                     CASE WHEN cardinality(a.attoptions) > 0 OR NOT oc.opcdefault OR e.oid IS NOT NULL
                          THEN format(CASE WHEN ocn.nspname = 'pg_catalog' THEN '%2$I' ELSE '%1$I.%2$I' END, ocn.nspname, oc.opcname)
                               || coalesce((SELECT format(' (%s)', string_agg(format('%s=%L', split_part(p, '=', 1),
                                                           substr(p, strpos(p, '=') + 1)), ','))
                                              FROM unnest(a.attoptions) p HAVING count(*) > 0), '') END) AS class) x
        WHERE a.attrelid = c.oid AND a.attnum <= i.indnkeyatts) k
  LEFT JOIN apart ap ON ap.root = c.oid
  LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
  LEFT JOIN pg_description d ON d.classoid = 1259 AND d.objoid = c.oid AND d.objsubid = 0
 WHERE c.oid >= 16384 AND t.relkind IN ('r', 'p', 'm') AND t.relpersistence <> 't'
   AND NOT c.relispartition
 ORDER BY n.nspname, t.relname, c.relname
