insert into t(tags) select array_agg(md5(g::text)) from generate_series(1, 500) g;
