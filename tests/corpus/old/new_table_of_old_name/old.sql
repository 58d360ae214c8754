create table images(id serial primary key, f text);
insert into images(f) select 'a' from generate_series(1,9);
alter table images rename to files;
