-- safe: on
CREATE TABLE whole (id int NOT NULL, a int) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF whole FOR VALUES FROM (10) TO (19);
ALTER TABLE ONLY whole ADD CONSTRAINT whole_k UNIQUE (id, a);
CREATE INDEX whole_a ON ONLY whole (a);
