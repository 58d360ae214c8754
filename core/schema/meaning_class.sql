-- Why an index cannot have the column as it is kept: $1 its method, $2 the column's new type, $3 the classes as kind_index.sql has
-- them, $4 which of them is the column's. No row: it can. A class that is not said is the server's choice.
SELECT CASE WHEN c.name <> '' THEN format('operator class %s does not take type %s', c.name, $2::text)
            ELSE format('access method %s has no operator class for type %s', $1::text, $2::text) END
  FROM (SELECT split_part(regexp_replace(coalesce((string_to_array($3::text, ', '))[$4::int], ''), '^COLLATE \S+ ?', ''), ' ', 1)) c (name)
 WHERE NOT EXISTS (
       SELECT FROM pg_opclass o
         JOIN pg_am m ON m.oid = o.opcmethod
         JOIN pg_type t ON t.oid = to_regtype($2::text)
        WHERE m.amname = $1::text
          AND CASE WHEN c.name = '' THEN o.opcdefault
                   ELSE quote_ident(o.opcname) = regexp_replace(c.name, '^.*\.', '') END
          AND (o.opcintype IN (t.oid, t.typbasetype)
               OR EXISTS (SELECT FROM pg_cast k
                           WHERE k.castsource = t.oid AND k.casttarget = o.opcintype AND k.castmethod = 'b')
               OR (o.opcintype = 'anyarray'::regtype AND t.typcategory = 'A')
               OR (o.opcintype = 'anyenum'::regtype AND t.typtype = 'e')
               OR (o.opcintype = 'anyrange'::regtype AND t.typtype = 'r')))
