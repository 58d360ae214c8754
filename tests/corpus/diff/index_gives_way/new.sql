CREATE TABLE t (a int, b bigint, CONSTRAINT becomes_constraint UNIQUE (a));
CREATE TABLE gives_way (a int);
CREATE INDEX retyped ON t (b DESC);
