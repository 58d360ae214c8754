CREATE TABLE t (a int, b text);
CREATE PUBLICATION few FOR TABLE t WITH (publish_generated_columns = stored);
CREATE COLLATION c (provider = builtin, locale = 'PG_UNICODE_FAST');
CREATE TABLE added (a text COLLATE c);
CREATE INDEX t_b ON t (b) WITH (deduplicate_items = off);
CREATE TABLE foreign_like (z int, LIKE t INCLUDING ALL EXCLUDING COMMENTS) ;
