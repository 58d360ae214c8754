# autogenerate_unloaded: models that name what only the database has, that map its views, that mean the schemas of
# its search_path, and that create_all refuses: they are compared all the same, and whether the role may
# create databases makes no difference.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

my $python = $ENV{ALEMBIC_PYTHON} // '/usr/bin/python3';
plan skip_all => 'no SQLAlchemy' if system("$python -c 'import sqlalchemy' 2>/dev/null");
my $pg = Cluster->new(port => 1);
$pg->start;
$pg->query('CREATE ROLE plain LOGIN; CREATE ROLE maker LOGIN CREATEDB');
my $count = 0;

my $head = <<'END';
from sqlalchemy import *
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, ENUM, TSVECTOR, UUID
from sqlalchemy.orm import declarative_base
from sqlalchemy.types import UserDefinedType

Base = declarative_base()


class Raw(UserDefinedType):
    cache_ok = True

    def __init__(self, name):
        self.name = name

    def get_col_spec(self, **kw):
        return self.name


def table(name, *parts, **kw):
    return Table(name, Base.metadata, Column("id", Integer, primary_key=True), *parts, **kw)


END

# A database with all that is in it owned by plain, and its models; the command as postgres and as plain.
sub project {
	my (%option) = @_;
	my $db = $pg->create_database('unloaded' . ++$count);
	$pg->query("ALTER DATABASE $db OWNER TO plain", $db);
	$pg->query($option{extensions}, $db) if $option{extensions};
	$pg->query("SET ROLE plain; $option{old}", $db);
	$pg->query("ALTER DATABASE $db SET search_path = $option{path}", $db) if $option{path};
	my $dir = tempdir();
	mkdir "$dir/migrations";
	write_file("$dir/models.py", $head . $option{models});
	mkdir "$dir/$_" for qw(db alembic);
	write_file("$dir/$_", $option{files}{$_}) for keys %{ $option{files} // {} };
	return sub {
		my ($user, @command) = @_;
		my $url = $pg->tcp_url($db, user => $user);
		$url .= ($url =~ /\?/ ? '&' : '?') . "options=-csearch_path%3D$option{url_path}" if $option{url_path};
		return run(@command, { dir => $dir, timeout => 120, env => { DATABASE_URL => $url,
			MIGRATE_MODELS_SOURCE => 'python:models:Base', MIGRATE_MODELS_PYTHON => $python, %{ $option{env} // {} } } });
	};
}

# What is found with the models, by either role: nothing, or the pattern.
sub compare {
	my ($name, %option) = @_;
	my $migrate = project(%option);
	for my $user (@{ $option{users} // [qw(postgres plain)] }) {
		my $done = $migrate->($user, 'diff');
		my $ok = $done->{status} == ($option{status} // 0);
		ok($ok, "$name: is loaded by $user") or diag $done->{err};
		next if !$ok;
		if   ($option{found}) { like($done->{out}, $option{found}, "$name: what differs, by $user") }
		else                  { is($done->{out}, $option{diff} // '', "$name: what differs, by $user") }
		like($done->{err}, $option{told}, "$name: is told, by $user") if $option{told};
	}
	return $migrate;
}

subtest 'what only the database has' => sub {
	compare('a sequence in a default, as sqlacodegen writes it',
		old    => 'CREATE TABLE t (id serial PRIMARY KEY, n integer)',
		models => q{Table("t", Base.metadata, Column("id", Integer, primary_key=True, server_default=text("nextval('t_id_seq'::regclass)")), Column("n", Integer))});
	compare('a composite type, an array of a domain over a domain, a range',
		old => 'CREATE TYPE place AS (street text, "No" integer); CREATE DOMAIN low AS integer CHECK (VALUE < 10);'
		    . 'CREATE DOMAIN lower_still AS low CHECK (VALUE < 5); CREATE TYPE span AS RANGE (SUBTYPE = date);'
		    . 'CREATE TABLE t (id serial PRIMARY KEY, a place, b lower_still[], c span)',
		models => q{table("t", Column("a", Raw("place")), Column("b", ARRAY(Raw("lower_still"))), Column("c", Raw("span")))});
	compare('a collation and an enum of another schema',
		old => q{CREATE SCHEMA "Kinds"; CREATE TYPE "Kinds".state AS ENUM ('on', 'off'); CREATE COLLATION german (LOCALE = 'C');}
		    . q{CREATE TABLE t (id serial PRIMARY KEY, s "Kinds".state, c text COLLATE german)},
		models => q{table("t", Column("s", ENUM("on", "off", name="state", schema="Kinds", create_type=False)), Column("c", Text(collation="german")))});
	compare('functions with overloads that read tables, in a schema of their own',
		old => 'CREATE SCHEMA app; CREATE TABLE app.rates (k text PRIMARY KEY, v integer DEFAULT 3);'
		    . 'CREATE FUNCTION app.rate(k text) RETURNS integer IMMUTABLE LANGUAGE sql AS $$SELECT v FROM app.rates WHERE rates.k = $1$$;'
		    . 'CREATE FUNCTION app.rate(k text, other integer) RETURNS integer IMMUTABLE LANGUAGE sql AS $$SELECT coalesce(app.rate(k), other)$$;'
		    . q{CREATE TABLE t (id serial PRIMARY KEY, k text, v integer GENERATED ALWAYS AS (app.rate(k, 1)) STORED)},
		models => q{table("t", Column("k", Text), Column("v", Integer, Computed("app.rate(k, 1)", persisted=True)), Column("g", Integer))},
		diff   => "ALTER TABLE public.t ADD COLUMN g integer;\n");
	compare('a function of the row that an index is about',
		old => q{CREATE TABLE t (id serial PRIMARY KEY, a text); CREATE FUNCTION whole(t) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT $1.a || 'x'$$;}
		    . 'CREATE INDEX ix_whole ON t (whole(t.*)); CREATE TABLE u (id serial PRIMARY KEY)',
		models => qq{T = table("t", Column("a", Text))\nIndex("ix_whole", text("whole(t.*)"), _table=T)\ntable("u")});
	compare('an operator in a check',
		old => 'CREATE FUNCTION near(integer, integer) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$SELECT abs($1 - $2) < 5$$;'
		    . 'CREATE OPERATOR <~> (FUNCTION = near, LEFTARG = integer, RIGHTARG = integer);'
		    . 'CREATE TABLE t (id serial PRIMARY KEY, a integer, CONSTRAINT ck CHECK (a <~> 3))',
		models => q{table("t", Column("a", Integer), CheckConstraint("a <~> 3", name="ck"))});
	compare('a text search configuration with its dictionary',
		old => q{CREATE TEXT SEARCH DICTIONARY plain_dict (TEMPLATE = simple); CREATE TEXT SEARCH CONFIGURATION mine (COPY = simple);}
		    . 'ALTER TEXT SEARCH CONFIGURATION mine ALTER MAPPING FOR asciiword WITH plain_dict;'
		    . q{CREATE TABLE t (id serial PRIMARY KEY, a text, v tsvector GENERATED ALWAYS AS (to_tsvector('mine', coalesce(a, ''))) STORED)},
		models => q{table("t", Column("a", Text), Column("v", TSVECTOR, Computed("to_tsvector('mine', coalesce(a, ''))", persisted=True)))});
	compare('what events make, of a function and a table of the database',
		old => 'CREATE TABLE old_ones (id integer PRIMARY KEY, secret text NOT NULL CHECK (secret > $$a$$)); CREATE TABLE t (id serial PRIMARY KEY);'
		    . 'ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES old_ones; CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;'
		    . 'CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fired()',
		models => qq{T = table("t")\nevent.listen(T, "after_create", DDL("ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES old_ones"))\n}
		    . q{event.listen(T, "after_create", DDL("CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fired()"))});
	compare('what the models make themselves is compared',
		old => q{CREATE TYPE state AS ENUM ('on'); CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS $$SELECT 1$$;}
		    . 'CREATE FUNCTION g() RETURNS integer LANGUAGE sql AS $$SELECT 2$$; CREATE TABLE t (id serial PRIMARY KEY, s state, a integer DEFAULT f(), b integer DEFAULT g())',
		models => qq{T = table("t", Column("s", Enum("on", "off", name="state")), Column("a", Integer, server_default=text("f()")), Column("b", Integer, server_default=text("g()")))\n}
		    . q{event.listen(Base.metadata, "before_create", DDL("CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 3'"))},
		found => qr/^ALTER TYPE public\.state ADD VALUE 'off';\n.*SELECT 3/ms);
	compare('what is excluded is there too',
		old    => 'CREATE FUNCTION hidden() RETURNS integer LANGUAGE sql AS $$SELECT 1$$; CREATE TABLE t (id serial PRIMARY KEY, a integer DEFAULT hidden())',
		models => q{table("t", Column("a", Integer, server_default=text("hidden()")))},
		env    => { MIGRATE_MODELS_EXCLUDE => 'hidden*' });
	compare('with [models] drop too',
		old    => q{CREATE TYPE state AS ENUM ('on'); CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS $$SELECT 1$$; CREATE TABLE t (id serial PRIMARY KEY, s state, a integer DEFAULT f())},
		models => q{table("t", Column("s", ENUM("on", name="state", create_type=False)), Column("a", Integer, server_default=text("f()")))},
		env    => { MIGRATE_MODELS_DROP => 'on' });
	my $wrong = project(old => 'CREATE TABLE t (id serial PRIMARY KEY)', models => q{table("t", Column("a", Raw("nonesuch")))});
	for my $user (qw(postgres plain)) {
		my $done = $wrong->($user, 'diff');
		is($done->{status}, 3, "what nobody has is an error, for $user");
		like($done->{err}, qr/the models cannot be loaded: type "nonesuch" does not exist/, 'named');
	}
};

subtest 'what cannot be made anew' => sub {
	my $option = { extensions => 'CREATE EXTENSION bloom',
		old    => 'CREATE TABLE t (id serial PRIMARY KEY, a integer); CREATE INDEX ix ON t USING bloom (a)',
		models => q{table("t", Column("a", Integer), Index("ix", "a", postgresql_using="bloom"))} };
	my $migrate = project(%$option);
	$pg->query("GRANT plain TO maker; ALTER DATABASE unloaded$count OWNER TO maker");
	my $done = $migrate->('maker', 'diff');
	is($done->{out}, '', 'is taken from the live database') or diag $done->{err};
	is($done->{status}, 0, 'without an error');
	like($done->{err}, qr/a database of its own lacks what they need/, 'as it says');
	is($pg->query(q{SELECT count(*) FROM pg_namespace WHERE nspname ~ 'shadow'}, "unloaded$count"), 0, 'and nothing stays there');
	$pg->query('CREATE ROLE reader LOGIN CREATEDB');
	my $refused = $migrate->('reader', 'diff');
	is($refused->{status}, 3, 'or refused, where that is not allowed either');
	like($refused->{err}, qr/access method "bloom" does not exist.*extension bloom: .*shadow_url/s, 'with the reason and the way out');
};

subtest 'the search_path' => sub {
	my $table = 'table("t", Column("n", Integer))';
	my $app   = 'CREATE SCHEMA app; CREATE TABLE app.t (id serial PRIMARY KEY, n integer)';
	compare('of the database', old => $app, path => 'app, public', models => $table);
	compare('of the URL', old => $app, url_path => 'app', models => $table);
	compare('with a name in quotes', old => 'CREATE SCHEMA "My App"; CREATE TABLE "My App".t (id serial PRIMARY KEY, n integer)',
		path => '"My App", public', models => $table);
	compare('with $user', old => 'CREATE SCHEMA plain; CREATE TABLE plain.t (id serial PRIMARY KEY, n integer)', users => ['plain'], models => $table);
	compare('with a schema that is not there', old => 'CREATE TABLE t (id serial PRIMARY KEY, n integer)', path => 'nowhere, public', models => $table);
	compare('where some things are in a later schema',
		old => q{CREATE TYPE state AS ENUM ('on'); CREATE TABLE u (id serial PRIMARY KEY, s state); CREATE SCHEMA app; CREATE TABLE app.t (id serial PRIMARY KEY, s state, u integer REFERENCES u)},
		path => 'app, public',
		models => qq{table("u", Column("s", Enum("on", name="state")))\ntable("t", Column("s", Enum("on", name="state")), Column("u", Integer, ForeignKey("u.id")), Column("n", Integer))},
		diff => "ALTER TABLE app.t ADD COLUMN n integer;\n");
	compare('beside schemas that the models name',
		old => 'CREATE SCHEMA app; CREATE TABLE app.t (id serial PRIMARY KEY, n integer); CREATE SCHEMA log; CREATE TABLE log.t (id serial PRIMARY KEY); CREATE TABLE t (id serial PRIMARY KEY)',
		path => 'app', models => qq{$table\ntable("t", schema="log")\ntable("t", Column("m", Integer), schema="public")},
		diff => "ALTER TABLE public.t ADD COLUMN m integer;\n");
	compare('of one tenant', url_path => 'tenant_2', models => 'table("t", Column("n", Integer), Column("m", Integer))',
		old  => join('; ', map {"CREATE SCHEMA tenant_$_; CREATE TABLE tenant_$_.t (id serial PRIMARY KEY, n integer)"} 1 .. 3),
		diff => "ALTER TABLE tenant_2.t ADD COLUMN m integer;\n");
	compare('and a schema_translate_map', old => $app,
		models => qq{table("t", Column("n", Integer), schema="tenant")\nclass Engine:\n    def get_execution_options(self):\n        return {"schema_translate_map": {"tenant": "app"}}\n\nengine = Engine()});
	compare('that is about what has no schema', old => $app,
		models => qq{$table\nclass Engine:\n    def get_execution_options(self):\n        return {"schema_translate_map": {None: "app"}}\n\nengine = Engine()});
};

subtest 'what is no table' => sub {
	compare('a view, one that is materialized, one of another schema',
		old => 'CREATE SCHEMA app; CREATE TABLE base (id serial PRIMARY KEY); CREATE VIEW v AS SELECT id FROM base;'
		    . 'CREATE MATERIALIZED VIEW m AS SELECT id FROM base; CREATE UNIQUE INDEX ix_m ON m (id); CREATE VIEW app.v AS SELECT id FROM base',
		models => qq{table("base")\ntable("v", Column("n", Integer, index=True))\ntable("m")\ntable("v", schema="app")\ntable("user_of", Column("v_id", Integer, ForeignKey("v.id")))},
		found => qr/\ACREATE TABLE public\.user_of \((?!.*FOREIGN).*\);\n\z/s);
	compare('also with [models] drop', old => 'CREATE TABLE base (id serial PRIMARY KEY); CREATE VIEW v AS SELECT id FROM base',
		models => qq{table("base")\ntable("v")}, env => { MIGRATE_MODELS_DROP => 'on' });
	compare('what is marked in the models',
		old => 'CREATE SCHEMA auth; CREATE TABLE auth.users (id serial PRIMARY KEY, pw text); CREATE TABLE t (id serial PRIMARY KEY, u integer REFERENCES auth.users, mine text)',
		models => qq{table("users", schema="auth", info={"skip_autogenerate": True})\ntable("v", info={"is_view": True})\n}
		    . q{table("t", Column("u", Integer, ForeignKey("auth.users.id")), Column("mine", Integer, info={"skip_autogenerate": True}), Column("not_mine", Integer, info={"skip_autogenerate": True}))});
	my $env = sub { "from alembic import context\nfrom app import settings\n$_[0]\n\ndef run():\n    context.configure(connection=None, include_object=include_object)\n" };
	my %excluding = (old => 'CREATE TABLE t (id serial PRIMARY KEY, a text)', models => qq{table("t", Column("a", Text), Column("legacy", Text))\ntable("spatial", Column("x", Integer))});
	compare("an env.py that can be read", %excluding,
		files => { 'alembic.ini' => "[alembic]\nscript_location = %(here)s/db\n", 'db/env.py' => $env->(
			"SKIPPED = {'spatial'}\nCOLUMNS = ['legacy']\n\ndef include_object(object, name, type_, reflected, compare_to):\n    if type_ == 'column':\n        return name not in COLUMNS\n    return name not in SKIPPED\n") });
	compare("one with types that are imported", %excluding,
		files => { 'alembic/env.py' => $env->(
			"SKIPPED: Set[str] = {'spatial'}\n\ndef wrong(at=settings.x): pass\n\ndef include_object(object: Any, name: Optional[str], type_, reflected, compare_to) -> Yes:\n    return name not in SKIPPED and name != 'legacy'\n") });
	compare("one that Python cannot read", %excluding, found => qr/spatial/, files => { 'alembic/env.py' => "def broken(:\n" });
	compare("one that can, of what only the database has",
		old => 'CREATE TABLE t (id serial PRIMARY KEY, a text, by_hand text, CONSTRAINT raw_u UNIQUE (a)); CREATE INDEX raw_a ON t (a); CREATE INDEX own_a ON t (a, id)',
		models => 'table("t", Column("a", Text))', found => qr/^DROP INDEX public\.own_a;\n\z/m,
		files => { 'alembic/env.py' => $env->(
			"BY_HAND = {'by_hand'}\n\ndef include_object(object, name, type_, reflected, compare_to):\n    if type_ == 'table':\n        return object.info['no such'] \n    return not (reflected and (name in BY_HAND or name.startswith('raw_')) and object.table.name == 't')\n") });
	compare("one that cannot", %excluding, found => qr/spatial/, told => qr{alembic/env\.py has include_object, which is not read here.*--models-exclude},
		files => { 'alembic/env.py' => $env->("def include_object(object, name, type_, reflected, compare_to):\n    return name not in settings.SKIPPED\n") });
};

subtest 'what create_all refuses' => sub {
	my $twice = compare('the same index twice', old => 'CREATE TABLE t (id serial PRIMARY KEY, a text); CREATE INDEX ix_t_a ON t (a)',
		models => qq{T = table("t", Column("a", Text, index=True))\nIndex("ix_t_a", T.c.a)});
	is($twice->('postgres', 'check')->{status}, 0, 'is one');
	my %default = (extensions => 'CREATE EXTENSION "uuid-ossp"',
		old    => 'CREATE TABLE t (id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), a text, n integer NOT NULL DEFAULT 1, CONSTRAINT ck CHECK (n > 0))',
		models => q{Table("t", Base.metadata, Column("id", UUID, primary_key=True, server_default="uuid_generate_v4()"), Column("a", Text), Column("n", Integer, nullable=False, server_default="one"), Column("b", Text, server_default="x"), CheckConstraint("n >", name="ck"))});
	my $refused = compare('a default and a check', %default, diff => "ALTER TABLE public.t ADD COLUMN b text DEFAULT 'x'::text;\n",
		told => qr/not compared, and left as it is: default 't\.id': invalid input syntax for type uuid.*default 't\.n'.*constraint 't\.ck'/s);
	$default{models} =~ s/, Column\("b", Text, server_default="x"\)//;
	my $check = (project(%default))->('postgres', 'check');
	is($check->{status}, 9, 'check says so by its status');
	like($check->{err}, qr/not compared: default 't\.id': invalid/, 'and why');
	compare('a moment in quotes', old => 'CREATE TABLE t (id serial PRIMARY KEY, a timestamptz DEFAULT now())',
		models => q{table("t", Column("a", DateTime(timezone=True), server_default="now()"))}, told => qr/t\.a: server_default='now\(\)' is a string.*taken for func\.now\(\)/);
	my $names = compare('two indexes of one name', old => 'CREATE TABLE t (id serial PRIMARY KEY, a text); CREATE TABLE u (id serial PRIMARY KEY, a text); CREATE INDEX ix ON u (a)',
		models => qq{T = table("t", Column("a", Text))\nU = table("u", Column("a", Text))\nIndex("ix", T.c.a)\nIndex("ix", U.c.a)}, told => qr/index 'ix': relation "ix" already exists/);
	is($names->('plain', 'check')->{status}, 9, 'and check');
	compare('two MetaData with one table', old => 'CREATE TABLE t (id serial PRIMARY KEY)',
		models => qq{table("t")\nOther = declarative_base()\nTable("t", Other.metadata, Column("id", Integer, primary_key=True))}, env => { MIGRATE_MODELS_SOURCE => 'python:models:Base,Other' });
	my $new = project(old => 'SELECT 1', models => q{table("t", Column("n", Integer, server_default="one"))})->('postgres', 'diff');
	is($new->{status}, 3, 'what the database has not either is an error');
	like($new->{err}, qr/invalid input syntax for type integer: "one"/, 'with its reason');
	my $apart = project(old => 'SELECT 1', models => q{table("t", Column("n", Integer, ForeignKey("elsewhere.id")))})->('postgres', 'diff');
	like($apart->{err}, qr/could not find table 'elsewhere'.*hint: The module that has that table is not imported/s, 'a table of a module that is not imported');
};

done_testing;
