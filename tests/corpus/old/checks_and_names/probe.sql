insert into t(e) values (9);
