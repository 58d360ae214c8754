create table t(id serial primary key, a int default 0, b varchar(5) default 'zz', c varchar(5) default 'on', d int default 7,
  e boolean default true, f text default 'nothing', g varchar default '5');
insert into t default values;
update t set a = 2, b = 'x', f = '3';
