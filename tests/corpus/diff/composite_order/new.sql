CREATE TYPE entry AS (id int, link text, name text, age int);
CREATE FUNCTION lines() RETURNS SETOF entry LANGUAGE sql AS $$ SELECT 1, 'b'::text, 'a'::text, 2 $$;
CREATE VIEW named AS SELECT name FROM lines();
CREATE TYPE kept AS (id int, name text, age int);
CREATE TABLE t (a kept, b kept[]);
COMMENT ON TYPE entry IS 'told';
