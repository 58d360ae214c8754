-- _fold: the column that serial would have made it for.
WITH owned AS (
  SELECT d.objid AS seq, d.refobjid AS tab, d.refobjsubid AS num,
         format('%I.%I', tn.nspname, t.relname) || '.' || quote_ident(a.attname) AS col,
         t.relname || '_' || a.attname || '_seq' AS natural_name,
         t.relnamespace, t.relpersistence, a.atttypid,
         a.attislocal AND NOT t.relispartition AND t.reloftype = 0 AS own,
         pg_get_expr(f.adbin, f.adrelid) AS expression
    FROM pg_depend d
    JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN pg_class t ON t.oid = d.refobjid
    JOIN pg_namespace tn ON tn.oid = t.relnamespace
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    LEFT JOIN pg_attrdef f ON f.adrelid = t.oid AND f.adnum = a.attnum
   WHERE d.classid = 1259 AND d.refclassid = 1259 AND d.deptype = 'a' AND d.refobjsubid > 0
)
SELECT c.oid, 0 AS sub, format('%I.%I', n.nspname, c.relname) AS identity,
       quote_ident(c.relname) AS _ident,
       CASE WHEN o.own AND c.relname = o.natural_name AND c.relnamespace = o.relnamespace
                 AND c.relpersistence = o.relpersistence AND s.seqtypid = o.atttypid
                 AND s.seqstart = 1 AND s.seqincrement = 1 AND s.seqmin = 1 AND s.seqcache = 1
                 AND NOT s.seqcycle AND d.description IS NULL
                 AND s.seqmax = CASE s.seqtypid WHEN 20 THEN 9223372036854775807
                                                WHEN 23 THEN 2147483647 ELSE 32767 END
                 AND o.expression = format('nextval(%L::regclass)', format('%I.%I', n.nspname, c.relname))
            THEN '1259.' || o.tab || '.' || o.num END AS _fold,
       CASE WHEN c.relpersistence = 'u' THEN 'UNLOGGED' END AS persistence,
       CASE s.seqtypid WHEN 23 THEN 'integer' WHEN 21 THEN 'smallint' END AS type,
       nullif(s.seqincrement, 1) AS increment,
       nullif(s.seqmin, r.low) AS minimum, nullif(s.seqmax, r.high) AS maximum,
       nullif(s.seqstart, CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END) AS start,
       nullif(s.seqcache, 1) AS cache, CASE WHEN s.seqcycle THEN 'CYCLE' END AS cycle,
       format('%I.%I', n.nspname, c.relname) AS _sequence,
       quote_literal(format('%I.%I', n.nspname, c.relname)) AS _sequence_literal,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(c.relowner), current_user)) AS owner,
       o.col AS _owned, NULL AS _serves,
       format('c:%I.%I', n.nspname, c.relname) AS _slots
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_sequence s ON s.seqrelid = c.oid
 CROSS JOIN LATERAL (
       SELECT CASE WHEN s.seqincrement > 0 THEN 1 ELSE -t.greatest - 1 END AS low,
              CASE WHEN s.seqincrement > 0 THEN t.greatest ELSE -1 END AS high
         FROM (SELECT CASE s.seqtypid WHEN 20 THEN 9223372036854775807 WHEN 23 THEN 2147483647 ELSE 32767 END AS greatest) t) r
  LEFT JOIN owned o ON o.seq = c.oid
  LEFT JOIN pg_description d ON d.classoid = 1259 AND d.objoid = c.oid AND d.objsubid = 0
 WHERE c.relkind = 'S' AND c.oid >= 16384 AND c.relpersistence <> 't'
   AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 1259 AND i.objid = c.oid
                   AND i.deptype = 'i' AND i.refobjsubid > 0)
 ORDER BY n.nspname, c.relname
