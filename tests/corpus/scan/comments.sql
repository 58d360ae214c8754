/* leading; */ -- and; 'another
select 1 /* nested /* ; */ ; */ + 2 -- end;
;
select 3 --;
  , 4;;
;/* alone; */;
select 5 +/* ; */ 6 */* ; */ 7 -- last;
