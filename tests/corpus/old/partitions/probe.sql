insert into t(at, f) values ('2020-03-03', 'x');
