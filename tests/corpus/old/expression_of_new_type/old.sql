create table t (id serial primary key, a int, g int generated always as (a + 1) stored); insert into t (a) values (1);
