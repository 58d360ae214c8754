CREATE TYPE y AS (a bigint, b text);
CREATE TABLE t OF y (b DEFAULT 'x');
CREATE TABLE s OF y (PRIMARY KEY (a));
