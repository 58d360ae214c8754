-- A partition's part of a check or foreign key of its parent, which comes and goes with that; and a partition's or child's part of a
-- NOT NULL that is NOT VALID there, which may be valid here, and is known by its parent's name, since one that was there keeps its own.
-- To take that back it is made again for all of them, and _again validates the others.
SELECT c.oid, 0 AS sub, format('%I.%I.%I', n.nspname, t.relname, p.conname) AS identity,
       format('%I.%I', n.nspname, t.relname) AS _table, quote_ident(c.conname) AS _ident,
       '2606.' || p.oid || '.0 1259.' || t.oid || '.0' AS _parent,
       format('%s:%I.%I.%I', CASE c.contype WHEN 'f' THEN 'foreign key' ELSE 'constraint' END,
              n.nspname, t.relname, c.conname) AS _becomes,
       CASE WHEN c.contype <> 'n' THEN '' END AS _droppable,
       CASE WHEN c.contype = 'n' AND c.convalidated THEN 'VALID' END AS validity,
       CASE WHEN a.attname IS NOT NULL THEN format('%I.%I.%I', n.nspname, t.relname, a.attname) END AS _column,
       CASE WHEN c.contype = 'n'
            THEN format('ALTER TABLE %1$s DROP CONSTRAINT %2$I, ADD CONSTRAINT %2$I NOT NULL %3$I NOT VALID', i.inhparent::regclass, p.conname, a.attname)
                 || coalesce((SELECT string_agg(format(E';\nALTER TABLE %s VALIDATE CONSTRAINT %I', s.inhrelid::regclass, sc.conname), '')
                                FROM pg_inherits s
                                JOIN pg_attribute sa ON sa.attrelid = s.inhrelid AND sa.attname = a.attname
                                JOIN pg_constraint sc ON sc.conrelid = s.inhrelid AND sc.contype = 'n' AND sc.conkey = ARRAY[sa.attnum]
                               WHERE s.inhparent = i.inhparent AND sc.convalidated), '') END AS _again,
       quote_literal(d.description) AS comment
  FROM pg_class t
  JOIN pg_namespace n ON n.oid = t.relnamespace
  JOIN pg_inherits i ON i.inhrelid = t.oid
  JOIN pg_constraint c ON c.conrelid = t.oid
  LEFT JOIN pg_attribute a ON c.contype = 'n' AND a.attrelid = t.oid AND a.attnum = c.conkey[1]
  JOIN pg_constraint p ON p.oid = CASE c.contype WHEN 'f' THEN c.conparentid WHEN 'c' THEN
       (SELECT o.oid FROM pg_constraint o WHERE o.conrelid = i.inhparent AND o.contypid = 0 AND o.conname = c.conname) ELSE
       (SELECT o.oid FROM pg_constraint o JOIN pg_attribute oa ON oa.attrelid = o.conrelid AND oa.attnum = o.conkey[1]
         WHERE o.conrelid = i.inhparent AND o.contype = 'n' AND NOT o.convalidated AND oa.attname = a.attname) END
  LEFT JOIN pg_description d ON d.classoid = 2606 AND d.objoid = c.oid
 WHERE t.oid >= 16384 AND (t.relispartition AND c.contype IN ('c', 'f') AND NOT c.conislocal OR c.contype = 'n' AND c.coninhcount > 0)
 ORDER BY n.nspname, t.relname, c.conname
