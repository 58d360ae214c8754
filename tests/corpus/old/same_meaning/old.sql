create table t(id serial primary key,
  a timestamptz default now(), b numeric default 0, c timestamp default timezone('utc', now()),
  d timestamptz default CURRENT_TIMESTAMP, e int default '5', f text default 'x', g date default CURRENT_DATE);
