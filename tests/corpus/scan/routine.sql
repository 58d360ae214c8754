create function one() returns int language sql
begin atomic
	select case when true then case 1 when 1 then 2 end end;
	select (case when true then 1 end);
end;
create or replace procedure two() begin /* ; */ atomic insert into t values (1); end;
CREATE OR REPLACE FUNCTION three() RETURNS int RETURN 1;
create function four() returns int as 'select 1;' language sql;
create rule five as on insert to t do also (insert into u values (1); insert into v values (2););
select begin, atomic from end;
begin; select 1; end;
