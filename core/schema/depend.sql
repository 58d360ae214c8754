SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid,
       CASE WHEN d.deptype = 'a' AND d.classid = 1259 AND d.refclassid = 1259 AND d.refobjsubid > 0
                 AND EXISTS (SELECT FROM pg_class c WHERE c.oid = d.objid AND c.relkind = 'S')
            THEN 'o'
            -- a column in the WHERE of an exclusion constraint does not take that along
            WHEN d.deptype = 'a' AND d.classid = 1259 AND d.refclassid = 1259 AND d.refobjsubid > 0
                 AND d.objid IN (SELECT x.conindid FROM pg_constraint x WHERE x.contype = 'x')
            THEN 'n' ELSE d.deptype END
  FROM pg_depend d
 WHERE d.objid >= 16384 AND (d.refobjid >= 16384 OR d.refclassid = 2615)
       -- what an inheritance says itself
   AND NOT (d.deptype = 'n' AND d.classid = 1259 AND d.refclassid = 1259 AND d.refobjsubid = 0
            AND EXISTS (SELECT FROM pg_inherits h
                         WHERE h.inhrelid = d.objid AND h.inhparent = d.refobjid))
UNION ALL
-- A constraint whose index stands for one of the partition's parent goes with that.
SELECT 2606, k.oid, 0, 1259, h.inhparent, 0, 'o'
  FROM pg_constraint k JOIN pg_inherits h ON h.inhrelid = k.conindid
 WHERE k.contype IN ('p', 'u', 'x') AND k.conparentid = 0 AND k.oid >= 16384
