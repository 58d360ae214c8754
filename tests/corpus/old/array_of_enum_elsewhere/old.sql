create schema kinds;
create type kinds.colour as enum ('red', 'blue');
create table t(id serial primary key, colours kinds.colour[] not null);
insert into t(colours) values ('{red}');
