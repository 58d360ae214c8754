-- differs from psql, which takes every "end" for the end of something
create function one() returns int language sql begin atomic
	select x.end, 1 as end, 2 as case from x;
end;
select 1;
