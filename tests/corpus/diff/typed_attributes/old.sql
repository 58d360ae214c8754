CREATE TYPE y AS (a int, b text, c int);
CREATE TABLE t OF y;
CREATE TABLE s OF y (PRIMARY KEY (a));
