WITH RECURSIVE nested AS (
SELECT oid, typbasetype AS base, typtypmod AS modifier FROM pg_type d WHERE typtype = 'd'
 UNION ALL
SELECT n.oid, d.typbasetype, d.typtypmod FROM nested n JOIN pg_type d ON d.oid = n.base AND d.typtype = 'd'
)
SELECT c.oid, a.attnum AS sub, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS identity,
       format('%I.%I', n.nspname, c.relname) AS _type, quote_ident(a.attname) AS _ident,
       '1247.' || c.reltype || '.0' AS _parent,
       format_type(a.atttypid, a.atttypmod) AS type,
       (SELECT min(pg_describe_object(u.classid, u.objid, u.objsubid)) FROM pg_depend u LEFT JOIN pg_class r ON u.classid = 1259 AND r.oid = u.objid
         WHERE u.refclassid = 1247 AND u.deptype = 'n' AND u.refobjid IN (c.reltype, (SELECT y.typarray FROM pg_type y WHERE y.oid = c.reltype))
           AND (r.relkind IN ('r', 'p', 'f', 'm', 'c') AND u.objsubid > 0
                OR u.classid = 1247 AND EXISTS (SELECT FROM pg_type d WHERE d.oid = u.objid AND d.typtype IN ('d', 'r')))) AS _user,
       CASE WHEN EXISTS (SELECT FROM pg_class o WHERE o.reloftype = c.reltype) THEN 'CASCADE' END AS _cascade,
       CASE WHEN m.oid IS NOT NULL
            THEN format_type(m.base, m.modifier) || CASE WHEN e.oid <> a.atttypid THEN '[]' ELSE '' END END AS _base,
       (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum
         WHERE enumtypid = coalesce(m.base, e.oid)) AS _labels,
       CASE WHEN a.attcollation <> b.typcollation
            THEN (SELECT format('%I.%I', cn.nspname, k.collname)
                    FROM pg_collation k JOIN pg_namespace cn ON cn.oid = k.collnamespace
                   WHERE k.oid = a.attcollation) END AS collation,
       quote_literal(d.description) AS comment
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type b ON b.oid = a.atttypid
  CROSS JOIN LATERAL (SELECT CASE WHEN b.typcategory = 'A' AND b.typelem <> 0 THEN b.typelem ELSE b.oid END AS oid) e
  LEFT JOIN (nested m JOIN pg_type mb ON mb.oid = m.base AND mb.typtype <> 'd') ON m.oid = e.oid
  LEFT JOIN pg_description d ON d.classoid = 1259 AND d.objoid = c.oid AND d.objsubid = a.attnum
 WHERE c.relkind = 'c' AND c.oid >= 16384
 ORDER BY n.nspname, c.relname, a.attnum
