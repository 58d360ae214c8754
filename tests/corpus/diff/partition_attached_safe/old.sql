-- safe: on
CREATE TABLE whole (id int NOT NULL, a int) PARTITION BY RANGE (id);
CREATE INDEX whole_a ON whole (a);
CREATE TABLE part (id int NOT NULL, a int);
