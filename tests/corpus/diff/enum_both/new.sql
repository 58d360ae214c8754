CREATE TYPE p AS ENUM ('a', 'b');
CREATE TYPE q AS ENUM ('x', 'y', 'z');
CREATE TABLE t (id int, p p DEFAULT 'a', q q DEFAULT 'z', CHECK (q <> 'z'));
CREATE INDEX i ON t (id) WHERE q = 'z';
CREATE VIEW v AS SELECT id FROM t WHERE q IN ('x', 'z');
