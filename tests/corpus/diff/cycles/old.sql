CREATE TABLE a (id int PRIMARY KEY, x int);
