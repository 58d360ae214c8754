CREATE TABLE a (id serial, t text);
