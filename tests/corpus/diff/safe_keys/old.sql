-- safe: on
CREATE TABLE t (a int, b int, c text, CONSTRAINT c_is UNIQUE (c));
CREATE TABLE r (id int, x int, CONSTRAINT r_id UNIQUE (id));
CREATE TABLE refers (a int REFERENCES r (id), CONSTRAINT positive CHECK (a > 0));
CREATE TABLE grows (a int PRIMARY KEY, b int NOT NULL);
CREATE TABLE of_grows (x int REFERENCES grows);
