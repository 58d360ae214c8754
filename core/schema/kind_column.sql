-- The columns of a partition come with its parent's, so that _local_table is NULL, and so does its identity; _free_table is NULL
-- for those of every child, which are altered with their parent's. From 18 on NOT NULL is a constraint with a name; what the server
-- called it, be it after another table, is none; one that is NOT VALID is told by kind_constraint.sql. The minor releases of
-- November 2026 keep a number of their own, pg_attver, among the options; pg_dump leaves it out too.
WITH RECURSIVE above (oid, below) AS (
  SELECT i.inhparent, format('%I.%I', n.nspname, f.relname)
    FROM pg_inherits i JOIN pg_class f ON f.oid = i.inhrelid AND f.relkind = 'f' JOIN pg_namespace n ON n.oid = f.relnamespace
   UNION
  SELECT i.inhparent, a.below FROM above a JOIN pg_inherits i ON i.inhrelid = a.oid
), nested AS (
SELECT oid, typbasetype AS base, typtypmod AS modifier,
       typnotnull OR EXISTS (SELECT FROM pg_constraint k WHERE k.contypid = d.oid) AS checked
  FROM pg_type d WHERE typtype = 'd'
 UNION ALL
SELECT n.oid, d.typbasetype, d.typtypmod, n.checked
  FROM nested n JOIN pg_type d ON d.oid = n.base AND d.typtype = 'd'
), domains AS (
SELECT n.oid, n.base, n.modifier, n.checked OR bool_or(o.checked) AS checked
  FROM nested n JOIN pg_type b ON b.oid = n.base AND b.typtype <> 'd'
  JOIN nested o ON o.oid = n.oid
 GROUP BY n.oid, n.base, n.modifier, n.checked
), proven AS (
SELECT DISTINCT k.conrelid AS tab, k.conkey[1] AS num
  FROM pg_constraint k WHERE k.contype = 'c' AND k.convalidated AND cardinality(k.conkey) = 1
   AND pg_get_expr(k.conbin, k.conrelid) ~ '^\([^()]* IS NOT NULL\)$'
), labels AS (
SELECT enumtypid, string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) AS labels
  FROM pg_enum GROUP BY enumtypid
)
SELECT c.oid, a.attnum AS sub, c.name || '.' || quote_ident(a.attname) AS identity,
       c.name AS _table, quote_ident(a.attname) AS _ident,
       CASE WHEN NOT l.is_given THEN c.name END AS _local_table,
       CASE WHEN NOT l.is_given AND a.attinhcount = 0 THEN c.name END AS _free_table,
       CASE WHEN NOT l.is_given AND (NOT coalesce(h.not_null, false) OR nn.conislocal) THEN c.name END AS _not_null_table,
       CASE WHEN l.is_given THEN c.name END AS _given_table, CASE WHEN c.reloftype <> 0 THEN 't' END AS _typed,
       CASE WHEN c.relhassubclass THEN 't' END AS _heirs, CASE WHEN h.not_null THEN 't' END AS _inherits_not_null,
       CASE WHEN h.not_null AND NOT l.is_given AND NOT nn.conislocal THEN 't' END AS _yields,
       '1259.' || c.oid || '.0' AS _parent, NULL AS _once, CASE WHEN l.is_given THEN 't' END AS _silent,
       CASE WHEN l.is_given THEN '1259.' || p.attrelid || '.' || p.attnum END AS _follows,
       CASE WHEN NOT a.attislocal THEN h.originals END AS _copies,
       CASE WHEN a.attislocal THEN h.originals END AS _merges,
       format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN c.relkind = 'f' THEN 't' END AS _foreign, fb.below AS _foreign_below,
       t.typcategory AS _category, v.num AS _server,
       CASE WHEN dom.oid IS NOT NULL
            THEN format_type(dom.base, dom.modifier) || CASE WHEN e.oid <> a.atttypid THEN '[]' ELSE '' END END AS _base,
       CASE WHEN dom.checked THEN 't' END AS _checked,
       CASE WHEN NOT a.attnotnull AND pr.num IS NOT NULL THEN 't' END AS _proven, lab.labels AS _labels,
       CASE WHEN a.attcollation <> t.typcollation
            THEN (SELECT format('%I.%I', cn.nspname, k.collname)
                    FROM pg_collation k JOIN pg_namespace cn ON cn.oid = k.collnamespace
                   WHERE k.oid = a.attcollation) END AS collation,
       coalesce(g.parents, g.own) AS generated, CASE WHEN g.own <> g.parents THEN g.own END AS child_generated,
       CASE WHEN v.num >= 170000 AND coalesce(g.own = g.parents, true) THEN c.name END AS _expressed_table,
       CASE WHEN a.attgenerated <> '' THEN '2604.' || f.oid || '.0' END AS _alias,
       CASE WHEN a.attgenerated = 'v' THEN 'VIRTUAL' END AS virtual,
       CASE WHEN c.relispartition AND v.num >= 170000 THEN NULL
            WHEN a.attidentity = 'a' THEN 'ALWAYS' WHEN a.attidentity = 'd' THEN 'BY DEFAULT' END AS identity_kind,
       CASE WHEN q.oid IS NOT NULL THEN format('c:%I.%I', qn.nspname, q.relname) END AS _slots,
       'n:' || c.name || '.' || z.name AS _slot,
       nullif(s.seqincrement, 1) AS identity_increment,
       nullif(s.seqmin, r.low) AS identity_minimum, nullif(s.seqmax, r.high) AS identity_maximum,
       nullif(s.seqstart, CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END) AS identity_start,
       nullif(s.seqcache, 1) AS identity_cache, CASE WHEN s.seqcycle THEN 'CYCLE' END AS identity_cycle,
       CASE WHEN q.oid IS NOT NULL AND length(c.relname || '_' || a.attname || '_seq') < 64
                 AND (q.relname <> c.relname || '_' || a.attname || '_seq' OR q.relnamespace <> c.relnamespace)
            THEN format('%I.%I', qn.nspname, q.relname) END AS identity_sequence,
       CASE WHEN q.relpersistence <> c.relpersistence THEN CASE q.relpersistence WHEN 'u' THEN 'UNLOGGED' ELSE 'LOGGED' END END
         AS identity_persistence,
       CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' ELSE 'LOGGED' END AS _persistence,
       CASE WHEN q.oid IS NOT NULL THEN format('%I.%I', qn.nspname, q.relname) END AS _sequence, quote_ident(q.relname) AS _sequence_ident,
       CASE WHEN q.oid IS NOT NULL THEN quote_literal(format('%I.%I', qn.nspname, q.relname)) END AS _sequence_literal,
       CASE WHEN a.attnotnull AND coalesce(nn.convalidated AND (nn.conislocal OR NOT l.is_local OR a.attinhcount = 0), true)
            THEN 'NOT NULL' END AS not_null,
       CASE WHEN a.attnotnull AND (NOT l.is_local OR a.attinhcount > 0)
                 AND coalesce(nn.convalidated, true)
                 AND coalesce(CASE WHEN NOT c.relispartition THEN nn.conislocal END, NOT coalesce(h.not_null, false))
            THEN 'NOT NULL' END AS child_not_null,
       z.name AS not_null_name, z.shown AS _not_null_shown,
       CASE WHEN nn.convalidated AND nn.connoinherit THEN 'NO INHERIT' END AS not_null_inherit,
       CASE WHEN nn.convalidated THEN quote_ident(nn.conname) END AS _not_null,
       CASE WHEN NOT nn.convalidated THEN format('%s.%I', c.name, nn.conname) END AS _not_valid,
       CASE WHEN nn.convalidated
            THEN (SELECT quote_literal(e.description) FROM pg_description e WHERE e.classoid = 2606 AND e.objoid = nn.oid)
       END AS not_null_comment,
       CASE WHEN v.num >= 170000 THEN '' END AS _by_expression, CASE WHEN v.num >= 180000 THEN '' END AS _by_name, CASE WHEN v.num < 180000 THEN '' END AS _by_check,
       CASE WHEN nn.connoinherit THEN ' NO INHERIT' ELSE '' END AS _no_inherit,
       CASE WHEN a.attstorage <> t.typstorage OR a.attstorage <> h.storage THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN'
            WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END AS storage,
       CASE t.typstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN'
            ELSE 'EXTENDED' END AS _storage,
       CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4'
            ELSE CASE WHEN a.attcompression <> h.compression THEN 'default' END END AS compression,
       CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END AS statistics,
       CASE WHEN a.attoptions IS NOT NULL
            THEN (SELECT string_agg(o, E'\n' ORDER BY o) FROM unnest(a.attoptions) o
                   WHERE o NOT LIKE 'pg\_attver=%') END AS options,
       CASE WHEN a.attfdwoptions IS NOT NULL
            THEN (SELECT string_agg(quote_ident(o.option_name) || ' ' || quote_literal(o.option_value), E'\n')
                    FROM pg_options_to_table(a.attfdwoptions) o) END AS foreign_options,
       quote_literal(d.description) AS comment
  FROM (SELECT c.*, n.nspname, format('%I.%I', n.nspname, c.relname) AS name
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'f') AND c.oid >= 16384 AND c.relpersistence <> 't' OFFSET 0) c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  CROSS JOIN LATERAL (SELECT CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END AS oid) e
  LEFT JOIN domains dom ON dom.oid = e.oid
  LEFT JOIN proven pr ON pr.tab = c.oid AND pr.num = a.attnum
  LEFT JOIN labels lab ON lab.enumtypid = coalesce(dom.base, e.oid)
  CROSS JOIN (SELECT current_setting('server_version_num')::int AS num) v
  CROSS JOIN LATERAL (SELECT c.relispartition OR c.reloftype <> 0 AS is_given,
                             a.attislocal AND NOT c.relispartition AND c.reloftype = 0 AS is_local) l
  LEFT JOIN (SELECT i.inhrelid, o.attname, bool_or(o.attnotnull) AS not_null,
                    string_agg('1259.' || o.attrelid || '.' || o.attnum, ' ' ORDER BY i.inhseqno) AS originals,
                    min(o.attstorage) AS storage, min(o.attcompression) AS compression
               FROM pg_inherits i JOIN pg_attribute o ON o.attrelid = i.inhparent AND o.attnum > 0
              GROUP BY i.inhrelid, o.attname) h
       ON a.attinhcount > 0 AND h.inhrelid = c.oid AND h.attname = a.attname
  LEFT JOIN (pg_inherits pi JOIN pg_attribute p ON p.attrelid = pi.inhparent)
       ON NOT l.is_local AND pi.inhrelid = c.oid AND pi.inhseqno = 1 AND p.attname = a.attname
  LEFT JOIN (SELECT oid, min(below) AS below FROM above GROUP BY oid) fb ON fb.oid = c.oid
  LEFT JOIN pg_constraint nn ON nn.contype = 'n' AND nn.conrelid = c.oid AND nn.conkey = ARRAY[a.attnum]
  LEFT JOIN pg_attrdef f ON a.atthasdef AND f.adrelid = c.oid AND f.adnum = a.attnum
  CROSS JOIN LATERAL (
       SELECT CASE WHEN a.attgenerated <> '' THEN pg_get_expr(f.adbin, f.adrelid) END AS own,
              CASE WHEN a.attgenerated <> '' AND a.attinhcount > 0 AND NOT l.is_local
                   THEN (SELECT pg_get_expr(of.adbin, of.adrelid)
                           FROM pg_inherits i JOIN pg_attribute o ON o.attrelid = i.inhparent AND o.attname = a.attname
                           JOIN pg_attrdef of ON of.adrelid = o.attrelid AND of.adnum = o.attnum
                          WHERE i.inhrelid = c.oid ORDER BY i.inhseqno LIMIT 1) END AS parents OFFSET 0) g
  CROSS JOIN LATERAL (
       SELECT CASE WHEN nn.convalidated AND nn.conislocal AND (NOT c.relispartition OR nn.coninhcount = 0) THEN y.name END AS name,
              y.name AS shown
         FROM (SELECT CASE WHEN octet_length(nn.conname) < 63
                                AND right(regexp_replace(nn.conname, '_not_null\d+$', '_not_null'), length(a.attname) + 10)
                                    <> '_' || a.attname || '_not_null'
                           THEN quote_ident(nn.conname) END AS name) y) z
  LEFT JOIN (pg_depend i JOIN pg_sequence s ON s.seqrelid = i.objid JOIN pg_class q ON q.oid = i.objid
             JOIN pg_namespace qn ON qn.oid = q.relnamespace)
       ON a.attidentity <> '' AND i.classid = 1259 AND i.refclassid = 1259
       AND i.refobjid = c.oid AND i.refobjsubid = a.attnum AND i.deptype = 'i'
 CROSS JOIN LATERAL (
       SELECT CASE WHEN s.seqincrement > 0 THEN 1 ELSE -t.greatest - 1 END AS low,
              CASE WHEN s.seqincrement > 0 THEN t.greatest ELSE -1 END AS high
         FROM (SELECT CASE s.seqtypid WHEN 20 THEN 9223372036854775807 WHEN 23 THEN 2147483647 ELSE 32767 END AS greatest) t) r
  LEFT JOIN pg_description d ON d.classoid = 1259 AND d.objoid = c.oid AND d.objsubid = a.attnum
 ORDER BY c.nspname, c.relname, a.attnum
