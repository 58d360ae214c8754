-- since: 180000
-- safe: on
CREATE TABLE r (id int PRIMARY KEY);
CREATE TABLE t (a int, b int, c int);
CREATE TABLE parent (a int, b int);
CREATE TABLE child () INHERITS (parent);
