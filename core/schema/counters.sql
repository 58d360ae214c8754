-- Sequences, the columns that they give values to, and what is to be read of each.
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname),
       pg_catalog.quote_literal(pg_catalog.format('%I.%I', n.nspname, c.relname)), s.seqincrement, s.seqmin, s.seqmax,
       (SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I.%I', un.nspname, u.relname, a.attname), E'\n')
          FROM (SELECT d.refobjid, d.refobjsubid
                  FROM pg_catalog.pg_depend d
                 WHERE d.classid = 1259 AND d.objid = c.oid AND d.refclassid = 1259
                   AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
                 UNION
                SELECT f.adrelid, f.adnum
                  FROM pg_catalog.pg_depend d
                  JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
                 WHERE d.classid = 2604 AND d.refclassid = 1259 AND d.refobjid = c.oid) used (rel, num)
          JOIN pg_catalog.pg_class u ON u.oid = used.rel
          JOIN pg_catalog.pg_namespace un ON un.oid = u.relnamespace
          JOIN pg_catalog.pg_attribute a ON a.attrelid = u.oid AND a.attnum = used.num)
  FROM pg_catalog.pg_sequence s
  JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.oid >= 16384 AND c.relpersistence <> 't'
   AND NOT (c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery())
   AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
   AND CASE WHEN c.relkind = 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT') END
 ORDER BY c.oid
