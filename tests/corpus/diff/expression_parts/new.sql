CREATE TABLE t (a int, b int, d int GENERATED ALWAYS AS (b * 2) STORED, r int4range,
  CONSTRAINT x EXCLUDE USING gist (int4range(b, 100) WITH &&),
  CONSTRAINT y EXCLUDE USING gist (r WITH &&) WHERE (b > 0),
  CONSTRAINT k CHECK (b > 0));
CREATE UNIQUE INDEX i ON t (a) WHERE b > 0;
CREATE INDEX j ON t ((b + 1));
CREATE STATISTICS st ON a, b FROM t;
CREATE STATISTICS su ON (b + 1), (a + 1) FROM t;
