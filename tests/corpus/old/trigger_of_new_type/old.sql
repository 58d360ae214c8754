create table t (id serial primary key, status integer not null);
insert into t (status) select 1 from generate_series(1, 5);
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger g before insert or update of status on t for each row when (new.status > 0) execute function f();
