-- differs from psql, which forgets on the next line that a string was E''
select E'a'
'\';b', 1;
select 2;
select E'first'
	-- a comment may stand between
  '\'second;';
