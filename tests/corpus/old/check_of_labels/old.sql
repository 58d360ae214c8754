create type k as enum ('a', 'b');
create table t(id serial primary key, s varchar(9) not null, constraint s_of_13 check (s in ('a', 'b')),
  k k, constraint k_of_old check (k in ('a', 'b')), constraint k_means check (k <> 'b'),
  n varchar(9), constraint n_short check (length(n) < 5));
insert into t(s, k) values ('a', 'a');
