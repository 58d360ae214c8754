-- Of constraints with the same keys CREATE TABLE makes only the first.
SELECT c.oid, 0 AS sub, format('%I.%I.%I', n.nspname, t.relname, c.conname) AS identity,
       format('%I.%I', n.nspname, t.relname) AS _table, quote_ident(c.conname) AS _ident,
       '1259.' || t.oid || '.0' AS _parent,
       CASE WHEN c.coninhcount = 0 THEN format('%I.%I', n.nspname, t.relname) END AS _free_table,
       CASE WHEN NOT c.conislocal THEN h.originals END AS _copies,
       CASE WHEN c.conislocal THEN h.originals END AS _merges,
       CASE c.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique constraint'
            WHEN 'x' THEN 'exclusion constraint' WHEN 'n' THEN 'not null constraint' ELSE 'check constraint' END AS _what,
       CASE WHEN NOT c.convalidated OR c.contype IN ('x', 'n') OR g.is_temporal OR c.contype <> 'c' AND t.relkind = 'p'
            THEN 't' END AS _not_online,
       CASE WHEN r.identifies THEN format('%I.%I', n.nspname, t.relname) END AS _identifies,
       CASE WHEN r.identifies THEN format(E'ALTER TABLE %I.%I REPLICA IDENTITY USING INDEX migrate_new_index;\n', n.nspname, t.relname)
            ELSE '' END AS _identify,
       CASE WHEN c.contype IN ('p', 'u') AND t.relkind = 'p' AND g.is_temporal IS NOT TRUE THEN 't' END AS _partitioned,
       CASE WHEN c.contype = 'c' THEN '' END AS _checks, CASE WHEN c.contype = 'p' THEN 't' END AS _strict,
       CASE c.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' END AS _unique,
       format('%I.%I (%s)', n.nspname, t.relname, k.keys)
       || coalesce(substring(g.definition FROM ' INCLUDE \((?:"[^"]*"|[^")])*\)'), '')
       || coalesce(substring(g.definition FROM '^UNIQUE( NULLS NOT DISTINCT)'), '')
       || o.written
       || coalesce(' TABLESPACE ' || quote_ident(s.spcname), '') AS _built,
       CASE WHEN c.condeferrable THEN 'DEFERRABLE' END AS deferrable, CASE WHEN c.condeferred THEN 'DEFERRED' END AS initially,
       CASE WHEN c.condeferrable THEN ' DEFERRABLE' ELSE '' END AS _deferrable,
       CASE WHEN c.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END AS _initially,
       g.definition,
       CASE WHEN c.contype IN ('p', 'u') AND g.is_temporal IS NOT TRUE THEN k.keys END AS _refuses,
       CASE WHEN c.contype = 'u' AND g.definition !~ '^UNIQUE NULLS NOT DISTINCT' THEN k.keys END AS _unless_null,
       CASE WHEN c.contype = 'c'
            THEN format('SELECT * FROM %I.%I WHERE NOT (%s)', n.nspname, t.relname, pg_get_expr(c.conbin, c.conrelid)) END AS _unfit,
       CASE WHEN c.contype = 'c' AND cardinality(c.conkey) = 1 THEN k.keys END AS _column,
       CASE WHEN NOT c.convalidated THEN 'NOT VALID' END AS validity,
       CASE WHEN ap.root IS NOT NULL THEN 'ONLY' END AS _only,
       CASE WHEN ap.root IS NOT NULL
            THEN (SELECT string_agg('1259.' || b.relid::oid || '.0', ' ') FROM pg_partition_tree(t.oid) b WHERE b.level > 0) END AS _follows,
       CASE WHEN ap.root IS NOT NULL
            THEN (SELECT string_agg(format('%I.%I', ln.nspname, lc.relname), E'\n')
                    FROM lacking la JOIN pg_class lc ON lc.oid = la.tab JOIN pg_namespace ln ON ln.oid = lc.relnamespace
                   WHERE la.root = c.conindid) END AS _lacking,
       pg_get_indexdef(nullif(c.conindid, 0)) AS _definition,
       CASE WHEN NOT c.convalidated AND c.conislocal OR e.again OR ap.root IS NOT NULL THEN 't' END AS _apart,
       quote_ident(n.nspname) || '.' || quote_ident(x.relname) AS _index,
       CASE WHEN NOT g.is_fixed THEN array_to_string(x.reloptions, E'\n') END AS options,
       quote_ident(s.spcname) AS tablespace,
       quote_literal(d.description) AS comment,
       CASE WHEN c.contype NOT IN ('c', 'n') THEN format('c:%I.%I', n.nspname, c.conname) END AS _slots,
       CASE WHEN c.contype = 'p' THEN format('p:%I.%I', n.nspname, t.relname) END AS _slot,
       CASE WHEN c.conname = t.relname || CASE c.contype WHEN 'p' THEN '_pkey' ELSE
                 (SELECT coalesce(string_agg('_' || a.attname, '' ORDER BY k.n), '')
                    FROM unnest(c.conkey) WITH ORDINALITY k (num, n)
                    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.num
                   WHERE c.contype <> 'c' OR cardinality(c.conkey) = 1)
                 || CASE c.contype WHEN 'u' THEN '_key' WHEN 'x' THEN '_excl' WHEN 'n' THEN '_not_null' ELSE '_check' END END
            THEN 't' END AS _default_name
  FROM pg_constraint c
  JOIN pg_class t ON t.oid = c.conrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace
  LEFT JOIN LATERAL (SELECT string_agg('2606.' || o.oid || '.0', ' ' ORDER BY i.inhseqno) AS originals
                       FROM pg_inherits i
                       JOIN pg_constraint o ON o.conrelid = i.inhparent AND o.conname = c.conname
                      WHERE c.coninhcount > 0 AND NOT t.relispartition AND i.inhrelid = t.oid) h ON true
  LEFT JOIN pg_class x ON x.oid = c.conindid
  LEFT JOIN LATERAL (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.n) AS keys
                       FROM unnest(c.conkey) WITH ORDINALITY k (num, n)
                       JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.num) k ON true
  LEFT JOIN LATERAL (SELECT true AS again FROM pg_constraint o
                      WHERE c.contype IN ('u', 'x') AND o.conrelid = c.conrelid AND o.conkey = c.conkey
                        AND (o.contype = 'p' OR o.contype = c.contype AND o.conname < c.conname) LIMIT 1) e ON true
  LEFT JOIN LATERAL (SELECT t.relreplident = 'i' AND i.indisreplident AS identifies FROM pg_index i WHERE i.indexrelid = c.conindid) r ON true
  LEFT JOIN apart ap ON ap.root = c.conindid
  LEFT JOIN pg_tablespace s ON s.oid = x.reltablespace
 CROSS JOIN LATERAL (SELECT coalesce(' WITH (' || string_agg(format('%s=%L', split_part(p, '=', 1), substr(p, strpos(p, '=') + 1)), ', ')
                                     || ')', '') AS written
                       FROM unnest(x.reloptions) p) o
 CROSS JOIN LATERAL (SELECT CASE WHEN f.is_fixed THEN regexp_replace(d.definition, '( DEFERRABLE( INITIALLY DEFERRED)?)?$', o.written)
                                 ELSE regexp_replace(d.definition, '( DEFERRABLE( INITIALLY DEFERRED)?)?( NOT VALID)?( NOT ENFORCED)?$', '\4') END AS definition,
                            f.is_fixed, to_jsonb(c) ->> 'conperiod' = 'true' AS is_temporal
                       FROM (SELECT t.relkind = 'p' AND c.contype IN ('p', 'u') AS is_fixed) f, (SELECT pg_get_constraintdef(c.oid) AS definition) d
                     OFFSET 0) g
  LEFT JOIN pg_description d ON d.classoid = 2606 AND d.objoid = c.oid
 WHERE (c.contype IN ('p', 'u', 'c', 'x') OR c.contype = 'n' AND NOT c.convalidated)
   AND (c.conislocal OR c.contype = 'c' AND NOT t.relispartition) AND c.conparentid = 0
   AND t.relpersistence <> 't' AND c.oid >= 16384
 ORDER BY n.nspname, t.relname, strpos('puxcn', c.contype::text), c.conname
