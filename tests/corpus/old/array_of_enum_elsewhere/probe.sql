insert into t(colours) values ('{blue}');
