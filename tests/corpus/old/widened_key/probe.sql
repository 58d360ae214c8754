insert into t(f) values ('x');
