-- safe: on
CREATE TABLE t (a int NOT NULL, b int NOT NULL, CONSTRAINT z PRIMARY KEY (a));
