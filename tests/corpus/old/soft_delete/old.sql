create table u(id serial primary key, mail text, gone timestamptz);
create unique index ix_u_mail on u(mail) where gone is null;
insert into u(mail, gone) values ('a', now()), ('a', null);
