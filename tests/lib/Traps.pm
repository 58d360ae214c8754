package Traps;

# Traps: things in a database that a restore by pg_restore alone loses, or that only a superuser makes. Each
# has what makes it, run by a superuser with the search_path public, and what a role with CREATEDB alone has
# to list as missing, as "TYPE name"; nothing, where it is all there.

use strict;
use warnings;

# A function finds another one by the search_path; it is written so last, since PostgreSQL 17 would not build
# an index with it.
my $slug = <<'END';
CREATE OR REPLACE FUNCTION norm(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
CREATE OR REPLACE FUNCTION NAME(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN public.norm($1); END';
DO
CREATE OR REPLACE FUNCTION NAME(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN norm($1); END';
END

# Around what is done while the name is still written in full.
sub slug {
	my ($name, $do) = @_;
	return $slug =~ s/NAME/$name/gr =~ s/^DO$/$do/mr;
}

my @traps = (
	{
		name => 'index',
		sql  => slug('slug_i', q{CREATE TABLE i (s text); INSERT INTO i VALUES ('A'), ('B'); CREATE INDEX i_s ON i (slug_i(s));
			CREATE UNIQUE INDEX i_u ON i (slug_i(s)) WHERE slug_i(s) <> '';}),
	},
	{
		name => 'generated column',
		sql  => slug('slug_g', q{CREATE TABLE g (s text, t text GENERATED ALWAYS AS (slug_g(s)) STORED); INSERT INTO g VALUES ('A');}),
	},
	{
		name => 'generated column and primary key',
		sql  => slug('slug_k', q{CREATE TABLE k (s text, t text GENERATED ALWAYS AS (slug_k(s)) STORED PRIMARY KEY);
			INSERT INTO k VALUES ('A'); CREATE TABLE k_ref (t text REFERENCES k); INSERT INTO k_ref VALUES ('a');}),
	},
	{
		name => 'check',
		sql  => slug('slug_c', q{CREATE TABLE c (s text CONSTRAINT c_s CHECK (slug_c(s) <> '')); INSERT INTO c VALUES ('A');
			COMMENT ON CONSTRAINT c_s ON c IS 'it''s';}),
	},
	{
		name => 'domain',
		sql  => slug('slug_d', q{CREATE DOMAIN slugged AS text CONSTRAINT not_empty CHECK (slug_d(VALUE) <> '');
			CREATE TABLE d (s slugged, a slugged[]); INSERT INTO d VALUES ('A', '{B,C}');}),
	},
	{
		name => 'materialised view',
		sql  => slug('slug_m', q{CREATE TABLE m (s text); INSERT INTO m VALUES ('A'); CREATE MATERIALIZED VIEW mv AS SELECT slug_m(s) FROM m;
			CREATE UNIQUE INDEX mv_i ON mv (slug_m(slug_m)); CREATE MATERIALIZED VIEW mv2 AS SELECT * FROM mv;
			CREATE MATERIALIZED VIEW mv3 AS SELECT slug_m(s) FROM m WITH NO DATA;}),
	},
	{
		name => 'partition key',
		sql  => slug('slug_p', q{CREATE TABLE p (s text) PARTITION BY LIST (slug_p(s)); CREATE TABLE p_a PARTITION OF p FOR VALUES IN ('a');
			CREATE TABLE p_rest PARTITION OF p DEFAULT; INSERT INTO p VALUES ('A'), ('B');}),
	},
	{
		name => 'exclusion constraint',
		sql  => slug('slug_x', q{CREATE TABLE x (s text, EXCLUDE USING hash (slug_x(s) WITH =)); INSERT INTO x VALUES ('A');}),
	},
	{
		name => 'policy, view, default, trigger',
		sql  => slug('slug_v', q{CREATE TABLE pol (s text DEFAULT slug_v('X')); INSERT INTO pol VALUES (DEFAULT);
			CREATE POLICY mine ON pol USING (slug_v(s) <> ''); ALTER TABLE pol ENABLE ROW LEVEL SECURITY; ALTER TABLE pol FORCE ROW LEVEL SECURITY;
			CREATE VIEW pol_v AS SELECT slug_v(s) FROM pol;
			CREATE FUNCTION pol_t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''it fired''; END';
			CREATE TRIGGER pol_t BEFORE UPDATE ON pol FOR EACH ROW EXECUTE FUNCTION pol_t();
			CREATE TRIGGER pol_a AFTER DELETE ON pol FOR EACH ROW EXECUTE FUNCTION pol_t();
			ALTER TABLE pol ENABLE ALWAYS TRIGGER pol_t; ALTER TABLE pol DISABLE TRIGGER pol_a;
			CREATE RULE pol_r AS ON INSERT TO pol_v DO INSTEAD INSERT INTO pol VALUES (slug_v('y'));}),
	},
	{
		name => 'in another schema',
		sql  => q{CREATE SCHEMA tenant; CREATE FUNCTION tenant.norm(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''tenant '' || $1';
			CREATE FUNCTION tenant.only_here(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''tenant '' || $1';
			CREATE FUNCTION tenant.slug(text) RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = tenant AS 'BEGIN RETURN norm($1); END';
			CREATE FUNCTION tenant.other(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN tenant.only_here($1); END';
			CREATE TABLE tenant.t (s text, g text GENERATED ALWAYS AS (tenant.slug(s)) STORED); INSERT INTO tenant.t VALUES ('A');
			CREATE INDEX ON tenant.t (tenant.slug(s)); CREATE INDEX ON tenant.t (tenant.other(s));
			CREATE OR REPLACE FUNCTION tenant.other(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN only_here($1); END';},
	},
	{
		# It would find nothing without the search_path, and say so in the rows instead of failing.
		name => 'a function that hides what it does not find',
		sql  => q{CREATE FUNCTION hidden(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
			'BEGIN RETURN CASE WHEN to_regclass(''hide'') IS NULL THEN ''lost'' ELSE $1 END; END';
			CREATE TABLE hide (s text, g text GENERATED ALWAYS AS (hidden(s)) STORED); INSERT INTO hide VALUES ('A');
			CREATE TABLE hide_check (g text); INSERT INTO hide_check SELECT g FROM hide;},
	},
	{
		name => 'a check of another table',
		sql  => q{CREATE TABLE zone (id int PRIMARY KEY); INSERT INTO zone VALUES (1);
			CREATE FUNCTION zone_ok(int) RETURNS bool LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM public.zone WHERE id = $1)';
			CREATE TABLE a_place (zone int CHECK (zone_ok(zone))); INSERT INTO a_place VALUES (1);
			CREATE TABLE part (zone int, CONSTRAINT part_ok CHECK (zone_ok(zone))) PARTITION BY LIST (zone);
			CREATE TABLE a_part PARTITION OF part FOR VALUES IN (1); INSERT INTO part VALUES (1);
			CREATE TABLE an_heir () INHERITS (a_place); INSERT INTO an_heir VALUES (1);},
	},
	{
		name => 'checks of each other',
		sql  => q{CREATE TABLE one (id int); CREATE TABLE two (id int); INSERT INTO one VALUES (1); INSERT INTO two VALUES (1);
			CREATE FUNCTION in_one(int) RETURNS bool LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM public.one WHERE id = $1)';
			CREATE FUNCTION in_two(int) RETURNS bool LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM public.two WHERE id = $1)';
			ALTER TABLE one ADD CONSTRAINT one_two CHECK (in_two(id)); ALTER TABLE two ADD CONSTRAINT two_one CHECK (in_one(id));
			COMMENT ON CONSTRAINT one_two ON one IS 'both';},
	},
	{
		name => 'checks that do not hold any more',
		sql  => q{CREATE TABLE rate (id int); INSERT INTO rate VALUES (1), (2);
			CREATE FUNCTION rated(int) RETURNS bool LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM public.rate WHERE id = $1)';
			CREATE TABLE ware (id int CONSTRAINT ware_rated CHECK (rated(id))); INSERT INTO ware VALUES (1), (2);
			CREATE DOMAIN rating AS int CONSTRAINT is_rated CHECK (rated(VALUE));
			CREATE TABLE rating_of (r rating); INSERT INTO rating_of VALUES (2);
			CREATE TABLE family (id int CONSTRAINT family_rated CHECK (rated(id))) PARTITION BY LIST (id);
			CREATE TABLE family_2 PARTITION OF family FOR VALUES IN (2); INSERT INTO family VALUES (2);
			TRUNCATE rate; INSERT INTO rate VALUES (1);},
		always => [ 'CHECK CONSTRAINT family_rated on public.family', 'CHECK CONSTRAINT is_rated on DOMAIN public.rating',
			'CHECK CONSTRAINT ware_rated on public.ware' ],
	},
	{
		name => 'a foreign key that does not hold',
		sql  => q{CREATE TABLE up (id int PRIMARY KEY); CREATE TABLE down (id int CONSTRAINT down_fk REFERENCES up); INSERT INTO up VALUES (1);
			INSERT INTO down VALUES (1); SET session_replication_role = replica; INSERT INTO down VALUES (2); RESET session_replication_role;},
		always => ['FK CONSTRAINT public.down down_fk'],
	},
	{
		name => 'what SQL has',
		sql  => q{CREATE TABLE ident (id int GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 3), s serial, "it's; Type: X" text);
			INSERT INTO ident ("it's; Type: X") VALUES ('a'), ('b'); CREATE UNLOGGED TABLE unlog (i int); INSERT INTO unlog VALUES (1);
			CREATE STATISTICS ident_s (mcv) ON id, s FROM ident; CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES;
			CREATE FUNCTION atomic_f(i int) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM ident; SELECT i + 1; END;
			CREATE VIEW atomic_v AS SELECT atomic_f(1); CREATE TABLE "COPY x (a) FROM stdin;" ("q""uote" text);
			INSERT INTO "COPY x (a) FROM stdin;" VALUES (E'\\.\nCOPY y FROM stdin;\n-- TOC entry 1'), (E'\\N'), (NULL), ('');
			COMMENT ON TABLE nothing IS E'\n--\n-- TOC entry 1 (class 1)\n-- Name: evil; Type: TABLE; Schema: public; Owner: x\n--\n';
			CREATE TABLE groups_of (id int PRIMARY KEY, n text); CREATE VIEW by_key AS SELECT id, n FROM groups_of GROUP BY id;
			CREATE TABLE nv (i int); INSERT INTO nv VALUES (-1); ALTER TABLE nv ADD CONSTRAINT nv_c CHECK (i > 0) NOT VALID;
			ALTER TABLE groups_of CLUSTER ON groups_of_pkey; ALTER TABLE groups_of REPLICA IDENTITY USING INDEX groups_of_pkey;
			CREATE TYPE shade AS ENUM ('dark', 'light'); CREATE AGGREGATE cat (text) (SFUNC = textcat, STYPE = text, INITCOND = '');
			CREATE PROCEDURE proc() LANGUAGE plpgsql AS 'BEGIN NULL; END'; CREATE COLLATION coll (LOCALE = 'C');
			CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq); CREATE CAST (shade AS text) WITH INOUT;},
	},
	{
		name => 'trusted extensions',
		sql  => q{CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE EXTENSION pg_trgm; CREATE TABLE ext (h hstore, c citext);
			INSERT INTO ext VALUES ('a=>1', 'X'); CREATE INDEX ON ext USING gin (c gin_trgm_ops);},
		plain => [],
	},
	{
		name  => 'large objects',
		sql   => q{SELECT lo_from_bytea(4711, 'hello'); SELECT lo_from_bytea(4712, ''); COMMENT ON LARGE OBJECT 4711 IS E'it''s\nCOPY x FROM stdin;\n1\n';
			GRANT SELECT ON LARGE OBJECT 4711, 4712 TO PUBLIC;},
	},
	{
		name  => 'grants',
		sql   => q{CREATE TABLE granted (i int); INSERT INTO granted VALUES (1); REVOKE ALL ON granted FROM CURRENT_USER; GRANT SELECT ON granted TO PUBLIC;
			CREATE TABLE own (i int, s serial); INSERT INTO own VALUES (1); ALTER TABLE own OWNER TO plain; REVOKE ALL ON own, own_s_seq FROM plain;
			CREATE SCHEMA closed; CREATE TABLE closed.t (i int); INSERT INTO closed.t VALUES (1); REVOKE ALL ON SCHEMA closed FROM CURRENT_USER;
			GRANT USAGE ON SCHEMA closed TO PUBLIC; GRANT SELECT ON closed.t TO PUBLIC;},
	},
	{
		name  => 'pg_stat_statements',
		sql   => q{CREATE EXTENSION pg_stat_statements; COMMENT ON EXTENSION pg_stat_statements IS 'ours';},
		plain => [ 'COMMENT EXTENSION pg_stat_statements', 'EXTENSION pg_stat_statements' ],
		harmless => 1,
	},
	{
		name  => 'event trigger',
		sql   => q{CREATE FUNCTION et() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN IF current_setting(''application_name'') !~ ''^psql'' THEN RAISE EXCEPTION ''it fired''; END IF; END';
			CREATE EVENT TRIGGER et ON ddl_command_start EXECUTE FUNCTION et(); COMMENT ON EVENT TRIGGER et IS 'x';
			CREATE EVENT TRIGGER et_off ON ddl_command_end EXECUTE FUNCTION et(); ALTER EVENT TRIGGER et_off DISABLE;},
		plain => [ 'COMMENT EVENT TRIGGER et', 'EVENT TRIGGER et', 'EVENT TRIGGER et_off' ],
		harmless => 1,
	},
	{
		name  => 'publications',
		sql   => q{CREATE TABLE pub_t (i int); CREATE PUBLICATION pub_all FOR ALL TABLES; CREATE PUBLICATION pub_one FOR TABLE pub_t WHERE (i > 1);
			CREATE PUBLICATION pub_schema FOR TABLES IN SCHEMA public; COMMENT ON PUBLICATION pub_all IS 'x';},
		plain => [ 'COMMENT PUBLICATION pub_all', 'PUBLICATION pub_all', 'PUBLICATION TABLES IN SCHEMA public.pub_schema public' ],
		harmless => 1,
	},
	{
		name  => 'default privileges',
		sql   => q{ALTER DEFAULT PRIVILEGES FOR ROLE other GRANT SELECT ON TABLES TO PUBLIC;
			ALTER DEFAULT PRIVILEGES FOR ROLE other IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO other;},
		plain => [ 'DEFAULT ACL DEFAULT PRIVILEGES FOR TABLES', 'DEFAULT ACL public.DEFAULT PRIVILEGES FOR FUNCTIONS' ],
		harmless => 1,
	},
	{
		name  => 'foreign data',
		sql   => q{CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '/nowhere');
			CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (password 'swordfish'); CREATE FOREIGN TABLE far_t (i int) SERVER far;
			CREATE VIEW far_v AS SELECT * FROM far_t; CREATE FOREIGN DATA WRAPPER own_fdw;},
		plain => [ 'COMMENT EXTENSION postgres_fdw', 'EXTENSION postgres_fdw', 'FOREIGN DATA WRAPPER own_fdw', 'FOREIGN TABLE public.far_t',
			'SERVER far', 'USER MAPPING USER MAPPING postgres SERVER far', 'VIEW public.far_v' ],
	},
	{
		name  => 'leakproof function',
		sql   => q{CREATE FUNCTION leak(text) RETURNS text LANGUAGE sql IMMUTABLE LEAKPROOF AS 'SELECT upper($1)';
			CREATE TABLE leak_t (s text CHECK (leak(s) <> ''), g text GENERATED ALWAYS AS (leak(s)) STORED); INSERT INTO leak_t VALUES ('a');
			CREATE INDEX leak_i ON leak_t (leak(s));},
		plain => ['LEAKPROOF of public.leak(text)'],
	},
	{
		name  => 'C function, base type, untrusted extension',
		sql   => q{CREATE FUNCTION c_upper(text) RETURNS text LANGUAGE internal IMMUTABLE STRICT AS 'upper'; CREATE VIEW c_v AS SELECT c_upper('a');
			CREATE FUNCTION on_c() RETURNS text LANGUAGE sql AS 'SELECT public.c_upper(''a'')';
			CREATE EXTENSION pageinspect; CREATE CAST (int AS oidvector) WITH INOUT;},
		plain => [ 'CAST CAST (integer AS oidvector)', 'COMMENT EXTENSION pageinspect', 'EXTENSION pageinspect', 'FUNCTION public.c_upper(text)', 'VIEW public.c_v' ],
	},
	{
		name  => 'extension whose functions use the search_path',
		sql   => q{CREATE EXTENSION unaccent; CREATE FUNCTION plain_text(text) RETURNS text LANGUAGE sql IMMUTABLE AS
				$$SELECT public.unaccent('public.unaccent', $1)$$;
			CREATE TABLE un (s text); INSERT INTO un VALUES ('é'); CREATE INDEX un_i ON un (plain_text(s));
			CREATE OR REPLACE FUNCTION plain_text(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT unaccent('unaccent', $1)$$;},
	},
	{
		name  => 'subscription',
		sql   => q{CREATE SUBSCRIPTION sub CONNECTION 'host=/nowhere password=swordfish' PUBLICATION p WITH (connect = false, slot_name = 'theirs');},
		plain => ['SUBSCRIPTION sub'],
		changed => [ [ q{slot_name = 'theirs'}, q{slot_name = NONE} ] ],
	},
);

sub all { return @traps }

1;
