CREATE EXTENSION btree_gist;
CREATE TABLE p (id int, at daterange, other int, CONSTRAINT p_pkey PRIMARY KEY (id, other, at WITHOUT OVERLAPS));
CREATE TABLE u (id int, at tsrange, CONSTRAINT u_id_at_key UNIQUE (id, at WITHOUT OVERLAPS));
CREATE TABLE t (id int, at daterange, p int);
CREATE TABLE added (id int, at daterange, PRIMARY KEY (id, at WITHOUT OVERLAPS));
CREATE TABLE refers (id int, at daterange, FOREIGN KEY (id, PERIOD at) REFERENCES added (id, PERIOD at));
