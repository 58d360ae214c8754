-- differs from psql, which waits for the END of the function's name
create function public.begin() returns int language sql as $$ select 1; $$;
create function case_of(begin atomic_type, x int) returns int language sql as $$ select 1; $$;
select 1;
