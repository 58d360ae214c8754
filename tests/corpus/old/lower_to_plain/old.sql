create table t(id serial primary key, mail text, r int unique);
create unique index um on t(lower(mail)) where id > 1;
