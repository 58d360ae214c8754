insert into t(low, high, code) values (1, 3, 'b');
