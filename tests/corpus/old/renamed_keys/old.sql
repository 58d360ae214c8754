create table old (id serial primary key, a int unique deferrable, b int references old deferrable initially deferred); alter table old rename to t; insert into t (a) select generate_series(1,5);
comment on constraint old_a_key on t is 'of old';
create table pair (a integer, b integer, primary key (b, a));
alter table pair rename constraint pair_pkey to of_old;
create table part (x integer, y integer, constraint part_x_y_fkey foreign key (x, y) references pair (a, b));
insert into pair values (1, 2); insert into part values (1, 2);
