CREATE TYPE kind AS (x int, y text);
CREATE TABLE whole (x int, y text) PARTITION BY LIST (y);
CREATE TABLE part OF kind;
