CREATE TABLE t (a int, b int, c text, PRIMARY KEY (a) INCLUDE (b), CONSTRAINT c_is UNIQUE (c) INCLUDE (b) WITH (fillfactor = 70),
	CONSTRAINT later UNIQUE (b) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE r (id int, x int, CONSTRAINT r_id UNIQUE (id) INCLUDE (x));
CREATE TABLE refers (a int REFERENCES r (id) ON DELETE CASCADE, CONSTRAINT positive CHECK (a > 1));
CREATE TABLE grows (a int, b int NOT NULL, CONSTRAINT grows_pkey PRIMARY KEY (a, b));
CREATE TABLE of_grows (x int, y int, FOREIGN KEY (x, y) REFERENCES grows);
CREATE VIEW by_key AS SELECT a, b FROM t GROUP BY a;
CREATE VIEW on_it AS SELECT * FROM by_key;
COMMENT ON VIEW by_key IS 'needs the key';
