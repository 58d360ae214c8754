create table t(id serial primary key, f text);
insert into t(f) select 'a' from generate_series(1,9);
