select 'a\';
SET standard_conforming_strings = off;
select 'a\'; b', N'\';', U&'\', B'\';
set session standard_conforming_strings to 'on';
select 'a\';
SET standard_conforming_strings TO off;
select 'a\';';
reset standard_conforming_strings;
select 'a\';
