create table t (id serial primary key, a int[]); create index ix_t_a on t using gin (a);
