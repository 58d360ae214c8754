create sequence ids start 100;
create table a(id int primary key default nextval('ids'));
create table b(id int primary key default nextval('ids'));
insert into a default values;
