-- since: 180000
CREATE EXTENSION btree_gist;
CREATE TABLE p (id int, at daterange, CONSTRAINT p_pkey PRIMARY KEY (id, at WITHOUT OVERLAPS));
CREATE TABLE u (id int, at tsrange, UNIQUE (id, at));
CREATE TABLE t (id int, at daterange, p int, CONSTRAINT t_p FOREIGN KEY (p, PERIOD at) REFERENCES p (id, PERIOD at));
