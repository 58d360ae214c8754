create table t(id bigserial, at date not null, f text, primary key (id, at)) partition by range (at);
create table t1 partition of t for values from ('2020-01-01') to ('2021-01-01');
create index by_f on t(f);
insert into t(at) values ('2020-02-02');
