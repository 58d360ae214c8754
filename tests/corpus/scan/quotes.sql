-- Every form of quote, each holding what would end a statement.
select 'a;b', 'it''s;', '', '\';
select E'a\';b', e'\\', E'\'';
select U&'d\0061t\+000061;', U&"d;\0061", u&'';
select B'01;', X'1f', N'n;';
select "a;b", "say ""x;""";
select 'first'
  'second;';
select 'not continued' 'on one line; but no end';
select prefixE'plain\';
select U & 'x';
