-- safe: on
CREATE TABLE t (a int, b int, c int);
CREATE TABLE p (a int, b int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE parent (a int, b int);
CREATE TABLE child () INHERITS (parent);
