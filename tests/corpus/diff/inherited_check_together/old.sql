-- safe: on
CREATE TABLE parent (a int, b text);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE joins (a int, b text);
