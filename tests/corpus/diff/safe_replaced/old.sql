-- safe: on
CREATE SCHEMA "S x";
CREATE TABLE "S x"."T t" ("A a" int NOT NULL, b int);
CREATE INDEX "I i" ON "S x"."T t" (b);
CREATE TABLE t (a int, b int NOT NULL, c int);
ALTER TABLE t ADD CONSTRAINT becomes_valid CHECK (a > 0) NOT VALID;
CREATE INDEX moves ON t (a);
CREATE INDEX goes ON t (c);
CREATE UNIQUE INDEX identifies ON t (b);
ALTER TABLE t REPLICA IDENTITY USING INDEX identifies;
CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
CREATE INDEX on_view ON m (a);
