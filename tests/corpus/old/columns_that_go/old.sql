create table l (a int, b int, primary key (a, b));
create table t (id serial primary key, a int, r int4range, gone int, flag boolean,
	constraint pairs_ck check (a < gone), constraint own check (gone > 0),
	constraint pair foreign key (a, gone) references l,
	constraint apart exclude using gist (r with &&) where (gone is null));
create unique index ix_t_a on t (a) where not flag;
create index ix_t_r on t (r) include (flag);
insert into t (a, r, flag) values (1, '[1,2)', true), (2, '[3,4)', false);
