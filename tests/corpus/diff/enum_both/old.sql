CREATE TYPE p AS ENUM ('a', 'b', 'c');
CREATE TYPE q AS ENUM ('x', 'y');
CREATE TABLE t (id int, p p DEFAULT 'c', q q, CHECK (p <> 'c'));
CREATE INDEX i ON t (id) WHERE p = 'c';
CREATE VIEW v AS SELECT id FROM t WHERE p IN ('a', 'c');
