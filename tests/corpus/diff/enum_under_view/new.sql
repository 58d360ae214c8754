CREATE TYPE mood AS ENUM ('happy', 'ok', 'new');
CREATE TABLE p (id int PRIMARY KEY, m mood DEFAULT 'ok', all_of mood[]);
CREATE VIEW v AS SELECT id, m FROM p WHERE m <> 'happy';
COMMENT ON VIEW v IS 'kept';
CREATE VIEW w WITH (security_barrier) AS SELECT * FROM v;
CREATE FUNCTION f(mood) RETURNS text LANGUAGE sql AS 'SELECT $1::text';
CREATE INDEX p_m ON p (m) WHERE m = 'ok';
