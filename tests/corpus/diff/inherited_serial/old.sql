CREATE TABLE note (id serial, t text);
CREATE TABLE a () INHERITS (note);
