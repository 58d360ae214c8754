CREATE TABLE a (id serial PRIMARY KEY, x text DEFAULT 'c' NOT NULL, n bigint GENERATED ALWAYS AS IDENTITY (START WITH 5),
	twice int GENERATED ALWAYS AS (7 * 2) STORED, CHECK (x IN ('c', 'd,e', 'it''s')));
COMMENT ON COLUMN a.x IS 'new''s';
COMMENT ON TABLE a IS 'a';
CREATE TABLE b (a_id bigint DEFAULT 1, t varchar(3) COLLATE "C", UNIQUE (t, a_id));
CREATE INDEX ON b (lower(t)) INCLUDE (a_id) WHERE a_id > 0;
