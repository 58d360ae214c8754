create table t (id serial primary key, a text, b int); create index ix_t_b on t (b) where a <> 'x';
