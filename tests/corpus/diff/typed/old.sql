CREATE TYPE y AS (a text, b numeric, c int);
CREATE TABLE s OF y (PRIMARY KEY (a), b NOT NULL DEFAULT 3);
