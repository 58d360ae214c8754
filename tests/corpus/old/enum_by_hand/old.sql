create type st as enum ('b', 'a', 'gone');
create table t(id serial primary key, s st not null default 'gone');
create table theirs(s st);
insert into t default values;
insert into theirs values ('gone');
