CREATE TABLE t (a int, b int, c int, d int GENERATED ALWAYS AS (c * 2) STORED, r int4range,
  CONSTRAINT x EXCLUDE USING gist (int4range(c, 100) WITH &&),
  CONSTRAINT y EXCLUDE USING gist (r WITH &&) WHERE (b > c),
  CONSTRAINT k CHECK (b > c));
CREATE UNIQUE INDEX i ON t (a) WHERE c > 0;
CREATE INDEX j ON t ((c + 1));
CREATE STATISTICS st ON a, c FROM t;
CREATE STATISTICS su ON (c + 1), (a + 1) FROM t;
