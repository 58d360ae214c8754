-- A partition's part of a check or foreign key of its parent, which comes and goes with that.
SELECT c.oid, 0 AS sub, format('%I.%I.%I', n.nspname, t.relname, c.conname) AS identity,
       format('%I.%I', n.nspname, t.relname) AS _table, quote_ident(c.conname) AS _ident,
       '2606.' || p.oid || '.0 1259.' || t.oid || '.0' AS _parent,
       format('%s:%I.%I.%I', CASE c.contype WHEN 'f' THEN 'foreign key' ELSE 'constraint' END,
              n.nspname, t.relname, c.conname) AS _becomes,
       quote_literal(d.description) AS comment
  FROM pg_class t
  JOIN pg_namespace n ON n.oid = t.relnamespace
  JOIN pg_inherits i ON i.inhrelid = t.oid
  JOIN pg_constraint c ON c.conrelid = t.oid
  JOIN pg_constraint p ON p.oid = CASE c.contype WHEN 'f' THEN c.conparentid ELSE
       (SELECT o.oid FROM pg_constraint o WHERE o.conrelid = i.inhparent AND o.contypid = 0 AND o.conname = c.conname) END
  LEFT JOIN pg_description d ON d.classoid = 2606 AND d.objoid = c.oid
 WHERE t.relispartition AND t.oid >= 16384 AND c.contype IN ('c', 'f') AND NOT c.conislocal
 ORDER BY n.nspname, t.relname, c.conname
