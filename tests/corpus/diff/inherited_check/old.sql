-- Checks are inherited as columns are.
CREATE TABLE kept (id int, e int, CONSTRAINT e_is_small CHECK (e < 9));
CREATE TABLE k1 () INHERITS (kept);
CREATE TABLE dropped (id int, CONSTRAINT id_is_small CHECK (id < 9), CONSTRAINT id_is_large CHECK (id > 2));
CREATE TABLE d1 () INHERITS (dropped);
CREATE TABLE d2 () INHERITS (dropped);
CREATE TABLE renamed (id int, CONSTRAINT before CHECK (id < 9));
CREATE TABLE r1 () INHERITS (renamed);
CREATE TABLE p (id int, CONSTRAINT id_is_odd CHECK (id % 2 = 1));
CREATE TABLE leaves () INHERITS (p);
CREATE TABLE joins (id int);
