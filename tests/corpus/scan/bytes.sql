select cafÃ©, Ð¹$x$;
select ÿþ;
select "Ã©;"