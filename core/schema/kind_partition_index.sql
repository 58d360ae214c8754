-- A partition's part of an index or constraint of its parent, which comes and goes with that; name is NULL where the server would
-- choose it, _natural what it would choose.
SELECT c.oid, 0 AS sub, format('%I.%I of %I.%I', n.nspname, t.relname, pn.nspname, p.relname) AS identity,
       '1259.' || p.oid || '.0 1259.' || t.oid || '.0' AS _parent,
       CASE WHEN k.conparentid <> 0 THEN '2606.' || k.oid || '.0' END AS _alias,
       CASE WHEN k.conparentid = 0 THEN '2606.' || k.oid || '.0' END AS _needs,
       CASE WHEN k.conparentid = 0 THEN quote_ident(k.conname) END AS own,
       CASE WHEN EXISTS (SELECT FROM tree tr JOIN apart ap ON ap.root = coalesce(tr.up, tr.root) WHERE tr.idx = c.oid) THEN 't' END AS _explicit,
       pg_get_indexdef(c.oid) AS _definition,
       CASE WHEN k.oid IS NULL THEN pg_get_indexdef(c.oid)
            WHEN k.conparentid <> 0 THEN format('ALTER TABLE ONLY %I.%I ADD CONSTRAINT %I ', n.nspname, t.relname, k.conname) || y.definition END AS _make,
       CASE WHEN c.relkind = 'I' AND k.oid IS NULL THEN pg_get_indexdef(c.oid)
            WHEN k.oid IS NULL OR k.conparentid <> 0 AND k.contype IN ('p', 'u') AND c.relkind = 'i' THEN
                 regexp_replace(pg_get_indexdef(c.oid), ' INDEX ', ' INDEX CONCURRENTLY ')
                 || CASE WHEN k.oid IS NULL THEN '' ELSE
                         format(E';\nALTER TABLE ONLY %I.%I ADD CONSTRAINT %I %s USING INDEX %I', n.nspname, t.relname, k.conname,
                                CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, c.relname)
                         || coalesce(substring(pg_get_constraintdef(k.oid) FROM ' DEFERRABLE(?: INITIALLY DEFERRED)?$'), '') END
            WHEN k.conparentid <> 0 THEN format('ALTER TABLE ONLY %I.%I ADD CONSTRAINT %I ', n.nspname, t.relname, k.conname) || y.definition END AS _make_online,
       format('ALTER INDEX %I.%I ATTACH PARTITION %I.%I', pn.nspname, p.relname, n.nspname, c.relname) AS _attach,
       CASE WHEN k.oid IS NOT NULL THEN format('constraint:%I.%I.%I', n.nspname, t.relname, k.conname)
            ELSE format('index:%I.%I', n.nspname, c.relname) END AS _becomes,
       format('%I.%I', n.nspname, t.relname) AS _table, CASE WHEN k.conparentid <> 0 THEN quote_ident(k.conname) END AS _constraint,
       CASE WHEN k.oid IS NULL THEN format('%I.%I', n.nspname, c.relname) END AS _loose,
       quote_ident(c.relname) AS _ident, format('%I.%I', n.nspname, c.relname) AS _index,
       format('%I.%I', n.nspname, x.name) AS _natural, quote_ident(x.name) AS _natural_ident,
       CASE WHEN length(x.name) < 64 AND k.conparentid IS DISTINCT FROM 0 AND (left(c.relname, length(x.name)) <> x.name
                 OR substr(c.relname, length(x.name) + 1) !~ '^\d*$') THEN quote_ident(c.relname) END AS name,
       CASE WHEN c.reloptions IS DISTINCT FROM p.reloptions THEN array_to_string(c.reloptions, E'\n') END AS options,
       CASE WHEN c.reltablespace <> p.reltablespace THEN coalesce(quote_ident(s.spcname), 'pg_default') END AS tablespace,
       (SELECT string_agg(format('%s SET STATISTICS %s', a.attnum, a.attstattarget), E'\n' ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0) AS statistics,
       quote_literal(d.description) AS comment
  FROM pg_inherits h
  JOIN pg_class c ON c.oid = h.inhrelid
  JOIN pg_class p ON p.oid = h.inhparent
  JOIN pg_namespace pn ON pn.oid = p.relnamespace
  JOIN pg_index i ON i.indexrelid = c.oid
  JOIN pg_class t ON t.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
  LEFT JOIN pg_description d ON d.classoid = 1259 AND d.objoid = c.oid AND d.objsubid = 0
 CROSS JOIN LATERAL (SELECT t.relname || CASE WHEN k.contype = 'p' AND k.conparentid <> 0 THEN '_pkey' ELSE '_'
                            || (SELECT string_agg(a.attname, '_' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid)
                            || CASE CASE WHEN k.conparentid <> 0 THEN k.contype END WHEN 'u' THEN '_key' WHEN 'x' THEN '_excl' ELSE '_idx' END END AS name) x
 CROSS JOIN LATERAL (SELECT CASE WHEN c.relkind = 'I' AND k.contype IN ('p', 'u') AND c.reloptions IS NOT NULL
                                 THEN regexp_replace(pg_get_constraintdef(k.oid), '( DEFERRABLE( INITIALLY DEFERRED)?)?$',
                                                     (SELECT ' WITH (' || string_agg(format('%s=%L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)),
                                                                                     ', ') || ')' FROM unnest(c.reloptions) o) || '\1')
                                 ELSE pg_get_constraintdef(k.oid) END AS definition) y
 WHERE c.relkind IN ('i', 'I') AND c.oid >= 16384
 ORDER BY n.nspname, t.relname, p.relname
