CREATE TABLE a (id serial PRIMARY KEY, x varchar(10) DEFAULT 'b', gone int NOT NULL DEFAULT 3, n int);
COMMENT ON COLUMN a.x IS 'old';
CREATE TABLE b (a_id int REFERENCES a ON DELETE CASCADE, t text);
