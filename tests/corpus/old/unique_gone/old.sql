create table t(id serial primary key, mail text unique);
