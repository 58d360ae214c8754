SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid,
       CASE WHEN d.deptype = 'a' AND d.classid = 1259 AND d.refclassid = 1259 AND d.refobjsubid > 0
                 AND EXISTS (SELECT FROM pg_class c WHERE c.oid = d.objid AND c.relkind = 'S')
            THEN 'o' ELSE d.deptype END
  FROM pg_depend d
 WHERE d.objid >= 16384 AND (d.refobjid >= 16384 OR d.refclassid = 2615)
       -- what an inheritance says itself
   AND NOT (d.deptype = 'n' AND d.classid = 1259 AND d.refclassid = 1259 AND d.refobjsubid = 0
            AND EXISTS (SELECT FROM pg_inherits h
                         WHERE h.inhrelid = d.objid AND h.inhparent = d.refobjid))
