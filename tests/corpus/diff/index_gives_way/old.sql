-- safe: on
CREATE TABLE t (a int, b int);
CREATE INDEX gives_way ON t (b, a);
CREATE INDEX retyped ON t (b);
CREATE UNIQUE INDEX becomes_constraint ON t (a);
