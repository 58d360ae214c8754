create table t (id serial primary key, a text, b text); create index i on t (b, a text_pattern_ops);
