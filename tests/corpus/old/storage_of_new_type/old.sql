create table t (id serial primary key, a text, b text);
alter table t alter a set storage external, alter b set compression pglz;
insert into t (a) values ('x');
