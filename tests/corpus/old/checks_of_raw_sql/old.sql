create table p(id int primary key);
create table t(id serial primary key, e int default 5, constraint pos check (e > 0));
insert into t(e) values (1);
alter table t add constraint p foreign key (e) references p not valid;
insert into p values (5);
