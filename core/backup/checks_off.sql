-- The checks that rows of table $1 have to pass and that call a function which is not the server's: where each
-- was written, in the table, in one that it inherits from or in a domain. How it is dropped, how it comes back
-- without looking at rows, how they are looked at then, and what it is called.
WITH RECURSIVE above AS (
	SELECT $1::pg_catalog.regclass::pg_catalog.oid AS relid
	UNION
	SELECT i.inhparent FROM above a JOIN pg_catalog.pg_inherits i ON i.inhrelid = a.relid
), types AS (
	SELECT a.atttypid AS typid
	  FROM pg_catalog.pg_attribute a
	 WHERE a.attrelid = $1::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped
	UNION
	SELECT part.typid
	  FROM types y
	  JOIN pg_catalog.pg_type t ON t.oid = y.typid
	 CROSS JOIN LATERAL (
		SELECT t.typelem AS typid
		UNION ALL
		SELECT t.typbasetype
		UNION ALL
		SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0
		UNION ALL
		SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)) part
	 WHERE part.typid <> 0
), checks AS (
	SELECT c.*, CASE WHEN c.conrelid <> 0 THEN 'TABLE ' || c.conrelid::pg_catalog.regclass::pg_catalog.text
	       ELSE 'DOMAIN ' || c.contypid::pg_catalog.regtype::pg_catalog.text END AS owner
	  FROM pg_catalog.pg_constraint c
	 WHERE c.contype = 'c'
	   AND c.coninhcount = 0
	   AND (c.conrelid IN (SELECT a.relid FROM above a) OR c.contypid IN (SELECT y.typid FROM types y))
	   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
	        WHERE e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND e.objid = c.contypid AND e.deptype = 'e')
	   AND EXISTS (SELECT
	                 FROM pg_catalog.pg_depend d
	                WHERE d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
	                  AND d.objid = c.oid
	                  AND d.refclassid = ANY (ARRAY['pg_catalog.pg_proc',
	                        'pg_catalog.pg_operator']::pg_catalog.regclass[])
	                  AND d.refobjid >= 16384)
)
SELECT pg_catalog.format('ALTER %s DROP CONSTRAINT %I', c.owner, c.conname),
       pg_catalog.format('ALTER %s ADD CONSTRAINT %I %s NOT VALID', c.owner, c.conname,
         pg_catalog.pg_get_constraintdef(c.oid))
         || COALESCE(pg_catalog.format('; COMMENT ON CONSTRAINT %I ON %s IS %L', c.conname,
              CASE WHEN c.conrelid <> 0 THEN pg_catalog.substr(c.owner, 7) ELSE c.owner END,
              pg_catalog.obj_description(c.oid, 'pg_constraint')), ''),
       pg_catalog.format('ALTER %s VALIDATE CONSTRAINT %I', c.owner, c.conname),
       pg_catalog.format('%I on %s', c.conname, pg_catalog.regexp_replace(c.owner, '^TABLE ', ''))
  FROM checks c
 ORDER BY (SELECT pg_catalog.count(*) FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.conrelid), c.oid
