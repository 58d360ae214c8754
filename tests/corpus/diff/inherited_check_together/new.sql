CREATE TABLE parent (a int, b text, CONSTRAINT b_given CHECK (b IS NOT NULL));
CREATE TABLE child () INHERITS (parent);
CREATE TABLE joins () INHERITS (parent);
