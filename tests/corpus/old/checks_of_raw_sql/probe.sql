do $$ begin insert into t(e) values (-1); raise exception 'accepted'; exception when check_violation then end $$;
