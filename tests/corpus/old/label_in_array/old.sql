create type e as enum ('a', 'it''s'); create table t (id serial primary key, s e[] default '{a}'); insert into t default values;
