-- differs from psql, whose server here does not understand set_config
select pg_catalog.set_config('standard_conforming_strings', 'off', false);
select 'a\';';
reset all;
select 'a\';
select set_config('standard_conforming_strings', 'off', false);
discard all;
select 'a\';
