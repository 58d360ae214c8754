create table t(id serial primary key, tags text[]);
create index tags_gin on t using gin (tags);
insert into t(tags) values ('{a}');
