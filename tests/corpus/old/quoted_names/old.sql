create schema "Of Others";
create function "Of Others"."New Id"() returns text language sql as $$ select md5(random()::text) $$;
create domain "Short Text" as text check (length(value) < 40);
create table t(id text primary key default "Of Others"."New Id"(), s "Short Text");
insert into t default values;
