CREATE SCHEMA s;
CREATE DOMAIN s.d AS int CHECK (VALUE > 0);
CREATE TYPE s.c AS (a int, b text);
CREATE TABLE s.t (id int PRIMARY KEY, d s.d, c s.c, j jsonb, r int4range, EXCLUDE USING gist (r WITH &&));
CREATE STATISTICS s.st ON id, d FROM s.t;
CREATE PUBLICATION pub FOR TABLE s.t;
