create table t (id serial primary key, a int, gone int, total int generated always as (a + gone) stored);
