create table l (id serial primary key); create table t (id serial primary key, a int references l);
