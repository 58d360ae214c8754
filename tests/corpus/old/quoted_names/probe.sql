insert into t(s) values ('x')
