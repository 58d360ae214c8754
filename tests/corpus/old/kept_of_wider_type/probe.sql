insert into t (status) values (1); select next from v; select h()
