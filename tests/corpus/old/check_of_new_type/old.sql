create table t (id serial primary key, a text check (a <> 'x'));
