select 1-1, 2 - -3, 4 --;
 ->> 5, a?|b, a @> b, a <->c, 1..2, 1.5e-3, .5, a[1:2], a::int, x := 1;
select (1; 2), [;
select ) ; 1;
select 3
