create table kind(id int primary key);
insert into kind values (1);
create table t(id serial primary key, age int, code int, low int, high int);
alter table t add constraint adult check (age > 17);
alter table t add constraint code_of_kind foreign key (code) references kind;
alter table t add constraint positive check (high > 0);
create table t_more(note text) inherits (t);
insert into t(age, code, low, high) values (20, 1, 1, 2);
