-- since: 180000
CREATE TABLE t (a int CONSTRAINT here NOT NULL, b int, c int NOT NULL, d int CONSTRAINT d_there NOT NULL, e int, g int);
CREATE TABLE heir (g int NOT NULL) INHERITS (t);
CREATE TABLE alone (f int NOT NULL NO INHERIT, g int NOT NULL, h int);
CREATE TABLE away (a int CONSTRAINT named NOT NULL);
CREATE DOMAIN d AS int CONSTRAINT set NOT NULL;
