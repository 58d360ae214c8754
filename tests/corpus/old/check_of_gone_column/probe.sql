insert into t(low, high) values (1, 3); insert into t_more(high) values (4);
