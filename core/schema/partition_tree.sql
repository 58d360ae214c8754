-- Before the queries of indexes, constraints and what partitions have of them: each index of a partitioned table with its parts, down to
-- one that has a constraint of its own. One that is apart is made ON ONLY its table, and what its partitions have of it is attached,
-- since the server would not make the same of its own accord: a partition lacks it, has a constraint of its own for it, or another
-- index like it.
WITH RECURSIVE tree (root, up, idx, tab) AS (
  SELECT i.indexrelid, NULL::oid, i.indexrelid, i.indrelid FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
   WHERE c.relkind = 'I' AND NOT c.relispartition
   UNION ALL
  SELECT CASE WHEN o.own THEN i.indexrelid ELSE t.root END, CASE WHEN o.own THEN t.root END, i.indexrelid, i.indrelid
    FROM tree t JOIN pg_inherits h ON h.inhparent = t.idx JOIN pg_index i ON i.indexrelid = h.inhrelid
   CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
                                                                    AND k.conparentid = 0) AS own) o
), lacking (root, tab) AS (
  SELECT t.root, c.oid FROM tree t JOIN pg_inherits h ON h.inhparent = t.tab JOIN pg_class c ON c.oid = h.inhrelid AND c.relkind IN ('r', 'p')
   WHERE NOT EXISTS (SELECT FROM pg_index i JOIN pg_inherits ih ON ih.inhrelid = i.indexrelid WHERE i.indrelid = c.oid AND ih.inhparent = t.idx)
), apart (root) AS (
  SELECT root FROM lacking UNION SELECT up FROM tree WHERE up IS NOT NULL UNION
  SELECT t.root FROM tree t JOIN pg_index i ON i.indexrelid = t.idx JOIN pg_index j ON j.indrelid = i.indrelid AND j.indexrelid <> i.indexrelid
    JOIN pg_class c ON c.oid = j.indexrelid
   WHERE t.idx <> t.root AND NOT c.relispartition AND j.indkey::text = i.indkey::text AND j.indclass::text = i.indclass::text
)
