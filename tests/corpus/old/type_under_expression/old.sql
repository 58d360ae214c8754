create table t (id serial primary key, a int, twice int generated always as (a * 2) stored, b varchar(9));
create index ix_t_b on t (b text_pattern_ops) where a > 0;
insert into t (a, b) values (1, 'x');
