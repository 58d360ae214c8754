insert into t(s, k) values ('b', 'a');
