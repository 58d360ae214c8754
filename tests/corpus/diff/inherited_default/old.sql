CREATE TABLE note (id int, class int NOT NULL DEFAULT 1);
