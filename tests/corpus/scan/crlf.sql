select 1;
-- a comment;
select
  2;
copy t from stdin;
a;
\.
select E'a'
  'b;';
