-- A partition's trigger that is switched otherwise than the one it comes from. The server switches those of all partitions with it.
WITH RECURSIVE above (oid, parent) AS (
  SELECT oid, tgparentid FROM pg_trigger WHERE tgparentid <> 0
   UNION
  SELECT a.oid, g.tgparentid FROM above a JOIN pg_trigger g ON g.oid = a.parent WHERE g.tgparentid <> 0
)
SELECT g.oid, 0 AS sub, format('%I.%I.%I', n.nspname, c.relname, g.tgname) AS identity,
       format('%I.%I', n.nspname, c.relname) AS _table, quote_ident(g.tgname) AS _ident,
       '2620.' || p.oid || '.0 1259.' || c.oid || '.0' AS _parent,
       (SELECT string_agg('2620.' || a.parent || '.0', ' ') FROM above a WHERE a.oid = g.oid) AS _overrides,
       mine.switch AS enabled, theirs.switch AS _parents
  FROM pg_trigger g
  JOIN pg_trigger p ON p.oid = g.tgparentid
  JOIN pg_class c ON c.oid = g.tgrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN (VALUES ('O', 'ENABLE'), ('D', 'DISABLE'), ('R', 'ENABLE REPLICA'), ('A', 'ENABLE ALWAYS')) mine (state, switch)
    ON mine.state = g.tgenabled
  JOIN (VALUES ('O', 'ENABLE'), ('D', 'DISABLE'), ('R', 'ENABLE REPLICA'), ('A', 'ENABLE ALWAYS')) theirs (state, switch)
    ON theirs.state = p.tgenabled
 WHERE g.tgenabled <> p.tgenabled AND g.oid >= 16384
 ORDER BY n.nspname, c.relname, g.tgname
