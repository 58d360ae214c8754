insert into u(mail, gone) values ('a', now());
