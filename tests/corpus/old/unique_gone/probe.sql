insert into t(mail) values ('a');
