select $$a;b$$, $tag$;$$;$other$;$tag$, $тег$;$тег$;
select a$b$c, $1, $2$b$;$b$;
select $b$ab$;c$b$;
do $do$ begin perform 1; perform $in$;$in$; end; $do$;
