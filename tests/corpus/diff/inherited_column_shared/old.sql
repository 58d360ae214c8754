-- A child's column that is its own too.
CREATE TABLE kept (id int, e int);
CREATE TABLE k1 (e int) INHERITS (kept);
CREATE TABLE gone (id int, e int);
CREATE TABLE g1 (e int) INHERITS (gone);
CREATE TABLE g2 () INHERITS (gone);
CREATE TABLE altered (id int, e int DEFAULT 1);
CREATE TABLE a1 (e int DEFAULT 1) INHERITS (altered);
CREATE TABLE a2 () INHERITS (altered);
ALTER TABLE a2 ALTER e SET DEFAULT 7;
CREATE TABLE came (id int);
CREATE TABLE c1 (e int NOT NULL) INHERITS (came);
CREATE TABLE c2 () INHERITS (came);
