insert into files(f) values ('x');
