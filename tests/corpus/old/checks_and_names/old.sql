create table t(id serial primary key, e int, constraint pos check (e > 0));
insert into t(e) values (7);
