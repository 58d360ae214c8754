create table t(id serial primary key, low int, high int, code text,
    constraint t_in_order check (low < high), constraint old_code check (code <> ''));
insert into t(low, high, code) values (1, 2, 'a');
