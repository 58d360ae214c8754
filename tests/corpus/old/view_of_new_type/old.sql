create table t (id serial primary key, status integer not null);
insert into t (status) select 1 from generate_series(1, 5);
create view v as select id, status + 1 as next from t;
create view w as select next from v;
