create table old(id serial primary key, f text);
create index ix_t_f on old(f);
