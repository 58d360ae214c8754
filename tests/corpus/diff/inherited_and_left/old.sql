-- A child that comes to or leaves its parent while the parent's column changes.
CREATE TABLE p (a int DEFAULT 1, b int NOT NULL);
CREATE TABLE c (a int DEFAULT 5, b int NOT NULL);
CREATE TABLE d () INHERITS (p);
ALTER TABLE d ALTER a SET DEFAULT 8;
