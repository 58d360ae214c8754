# autogenerate: the models become a migration, and the migration becomes the database.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

my $pg = Cluster->new(port => 1);
$pg->start;
my $made = 0;

# A directory with a models file, a database, and migrate run there.
sub project {
	my (%file) = @_;
	my $dir = tempdir();
	my $db  = $pg->create_database('auto' . ++$made);
	mkdir "$dir/migrations";
	write_file("$dir/$_", $file{$_}) for keys %file;
	my ($name) = sort keys %file;
	my $source = $name =~ /^(\w+)\.py$/ ? "python:$1:Base" : $name;
	my %env    = (DATABASE_URL => $pg->tcp_url($db), MIGRATE_MODELS_SOURCE => $source,
		MIGRATE_MODELS_PYTHON => '/usr/bin/python3');
	return ($dir, $db, sub {
		my %option = ref $_[-1] ? %{ pop @_ } : ();
		return run(@_, { dir => $dir, timeout => 120, env => { %env, %{ $option{env} // {} } } });
	});
}

sub shadows { return $pg->query(q{SELECT count(*) FROM pg_database WHERE datname ~ '^migrate_shadow'}) }

sub up { my ($path) = $_[0] =~ /Generating (\S+)/; return slurp($path) =~ /^-- migrate:up\n(.*?)\n-- migrate:down/ms ? $1 : '' }

subtest 'SQL' => sub {
	my ($dir, $db, $migrate) = project('schema.sql' => "CREATE TABLE a (id int PRIMARY KEY);\n");
	my $first = $migrate->(qw(revision --autogenerate -m first));
	is($first->{status}, 0, 'becomes a migration') or diag $first->{err};
	like($first->{err}, qr/^INFO  \[migrate\] Detected added table 'a'$/m, 'that is told');
	is($migrate->('check')->{status}, 9, 'check says that it is pending');
	like($migrate->(qw(revision --autogenerate -m again))->{err}, qr/Target database is not up to date\./,
		'no second one before it is applied');
	is($migrate->(qw(upgrade head))->{status}, 0, 'it is applied');
	is($migrate->('check')->{out}, "No new upgrade operations detected.\n", 'then there is no difference');
	my $none = $migrate->(qw(revision --autogenerate -m none));
	is($none->{out}, '', 'and no file');
	is(scalar(() = glob "$dir/migrations/*"), 1, 'is written');
	like($migrate->(qw(revision --autogenerate --allow-empty -m none))->{out}, qr/Generating/, 'unless asked');
	$migrate->(qw(upgrade head));

	write_file("$dir/schema.sql", "CREATE TABLE a (id int PRIMARY KEY, x text NOT NULL);\nCREATE VIEW v AS SELECT x FROM a;\n");
	my $check = $migrate->('check');
	is($check->{status}, 9, 'a change');
	like($check->{err}, qr/New upgrade operations detected: added column 'a\.x'; added view 'v'/, 'is named');
	is($check->{out}, "added column 'a.x'\nadded view 'v'\n", 'in a list');
	my $sql = $migrate->('diff')->{out};
	# Servers from 16 on leave out the table.
	is($sql =~ s{SELECT x$}{SELECT a.x}mr, <<'END', 'diff prints its SQL alone');
-- hazard: fails if the table has rows, for they have no value for it
ALTER TABLE public.a ADD COLUMN x text NOT NULL;

CREATE VIEW public.v AS
 SELECT a.x
   FROM public.a;
END
	like($migrate->(qw(diff --down))->{out}, qr/^DROP VIEW public\.v;\n\n-- lossy: the column's values are lost\nALTER TABLE/, 'and the way back');
	is(shadows(), 0, 'nothing is left on the server');
	write_file("$dir/schema.sql", "CREATE TABLE a (id int);\nCREATE TABLE b (id nonesuch);\n");
	my $wrong = $migrate->('diff');
	is($wrong->{status}, 3, 'SQL that is wrong');
	like($wrong->{err}, qr/type "nonesuch" does not exist.*schema\.sql:2/s, 'is shown with its place');
	is(shadows(), 0, 'and nothing is left');
};

subtest 'other sources' => sub {
	my ($dir, $db, $migrate) = project('schema.sql' => '');
	mkdir "$dir/schema";
	write_file("$dir/schema/2.sql", "CREATE TABLE b (a_id int REFERENCES a);\n");
	write_file("$dir/schema/1.sql", "CREATE TABLE a (id int PRIMARY KEY);\n");
	write_file("$dir/schema/notes.txt", "no SQL\n");
	my $directory = $migrate->(qw(diff --models-source schema));
	like($directory->{out}, qr/CREATE TABLE public\.a .*CREATE TABLE public\.b /s, 'a directory, in order');
	is($migrate->('diff', '--models-source', 'command:cat schema/*.sql')->{out}, $directory->{out}, 'a command');
	is($migrate->('diff', '--models-source', 'command:sleep 0.5; cat schema/*.sql',
			{ env => { PGOPTIONS => '-c idle_in_transaction_session_timeout=100' } })->{out},
		$directory->{out}, 'one that is slower than a transaction may be idle');
	my $other = $pg->create_database('other');
	$pg->query(slurp("$dir/schema/1.sql") . slurp("$dir/schema/2.sql"), $other);
	is($migrate->('diff', '--models-source', $pg->tcp_url($other))->{out}, $directory->{out}, 'a database');
	my $fails = $migrate->('diff', '--models-source', 'command:echo broken >&2; exit 3');
	is($fails->{status}, 3, 'a command that fails');
	like($fails->{err}, qr/broken/, 'is shown');
	like($migrate->('diff', { env => { MIGRATE_MODELS_SOURCE => undef } })->{err},
		qr/\[models\] source is not set.*--models-source/s, 'none at all');
};

subtest 'our own tables' => sub {
	my ($dir, $db, $migrate) = project('schema.sql' => "CREATE TABLE a (id int);\nCREATE TABLE audit_x (id int);\n");
	$migrate->(qw(upgrade head));
	$migrate->(qw(revision --autogenerate -m first));
	$migrate->(qw(upgrade head));
	is($migrate->('diff')->{out}, '', 'are no part of it');
	$pg->query('CREATE TABLE audit_y (id int); CREATE INDEX ON audit_y (id); DROP TABLE audit_x', $db);
	is($migrate->('diff', '--models-exclude', 'audit_*')->{out}, '', 'exclude');
	is($migrate->('diff', '--models-include', 'a')->{out}, '', 'include');
	isnt($migrate->('diff')->{out}, '', 'and without');
};

subtest 'renames' => sub {
	my ($dir, $db, $migrate) = project('schema.sql' => "CREATE TABLE people (id serial PRIMARY KEY, email text NOT NULL UNIQUE);\n");
	$pg->query("CREATE TABLE users (id serial PRIMARY KEY, mail text NOT NULL UNIQUE); INSERT INTO users (mail) VALUES ('x');"
		. 'CREATE VIEW v AS SELECT mail FROM users; DROP VIEW v', $db);
	my $noted = $migrate->(qw(diff --models-source schema.sql));
	unlike($noted->{out}, qr/RENAME/, 'nothing is renamed unasked');
	my $made = $migrate->(qw(revision --autogenerate -m rename --rename users:people --rename people.mail:email));
	is($made->{status}, 0, 'but if asked') or diag $made->{err};
	is(up($made->{out}), <<'END', 'with all that is named after it');
-- hazard: the running application asks for the old name
ALTER TABLE public.users RENAME TO people;
-- hazard: the running application asks for the old name
ALTER TABLE public.people RENAME COLUMN mail TO email;

ALTER SEQUENCE public.users_id_seq RENAME TO people_id_seq;

ALTER TABLE public.people ALTER COLUMN id SET DEFAULT nextval('public.people_id_seq'::regclass);

ALTER TABLE public.people RENAME CONSTRAINT users_pkey TO people_pkey;

ALTER TABLE public.people RENAME CONSTRAINT users_mail_key TO people_email_key;
END
	my $applied = $migrate->(qw(upgrade head));
	is($applied->{status}, 0, 'which works') or diag $applied->{err};
	is($pg->query('SELECT email FROM people', $db), 'x', 'and keeps the rows');
	is($migrate->('diff')->{out}, '', 'to the end');
	my $back = $migrate->(qw(downgrade base));
	is($back->{status}, 0, 'and back') or diag $back->{err};
	is($pg->query('SELECT mail FROM users', $db), 'x', 'with the rows');
	is($migrate->(qw(diff --rename nothing:b))->{status}, 2, 'what is not there is not renamed');
	write_file("$dir/schema.sql", "CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE);\n");
	like($migrate->('diff')->{out}, qr/\A-- If this is a rename, make this file again with --rename users\.mail:email\n/,
		'a pair that looks like it is noted');
};

subtest 'an enum' => sub {
	my ($dir, $db, $migrate) = project('schema.sql' => "CREATE TYPE m AS ENUM ('a', 'b', 'c');\nCREATE TABLE t (m m DEFAULT 'c');\n");
	$pg->query("CREATE TYPE m AS ENUM ('a', 'b'); CREATE TABLE t (m m DEFAULT 'a'); INSERT INTO t VALUES ('b')", $db);
	like($migrate->('diff')->{out}, qr/\AALTER TYPE .* ADD VALUE 'c';\n\n-- a transaction of its own: .*\nALTER TABLE /, 'whose new label is used at once');
	my $made = $migrate->(qw(revision --autogenerate -m more));
	is(scalar(() = $made->{out} =~ /Generating/g), 2, 'makes two migrations');
	my $up = $migrate->(qw(upgrade head));
	is($up->{status}, 0, 'that can be applied') or diag $up->{err};
	is($migrate->('check')->{status}, 0, 'and are all of it');
	my $down = $migrate->(qw(downgrade base));
	is($down->{status}, 0, 'and can be taken back') or diag $down->{err};
	is($pg->query("SELECT enum_range(NULL::m)", $db), '{a,b}', 'with the labels');
};

subtest 'safe forms' => sub {
	my $wanted = "CREATE TABLE a (id int PRIMARY KEY, x int NOT NULL CHECK (x > 0), b int REFERENCES a);\nCREATE INDEX a_x ON a (x);\n";
	my ($dir, $db, $migrate) = project('schema.sql' => $wanted);
	$pg->query('CREATE TABLE a (id int PRIMARY KEY, x int, b int); INSERT INTO a VALUES (1, 1, 1)', $db);
	my $made = $migrate->(qw(revision --autogenerate -m safe --models-safe on));
	my $file = slurp($made->{out} =~ /Generating (\S+)/);
	like($file, qr/^-- migrate:up transaction:false$/m, 'come outside a transaction');
	like($file, qr/CREATE INDEX CONCURRENTLY a_x/, 'an index');
	like($file, qr/CHECK \(\(x > 0\)\) NOT VALID;\nALTER TABLE public\.a VALIDATE/, 'a check');
	like($file, qr/REFERENCES public\.a\(id\) NOT VALID;\nALTER TABLE public\.a VALIDATE/, 'a foreign key');
	like($file, $pg->query('SHOW server_version_num') < 180000
		? qr/CHECK \(x IS NOT NULL\) NOT VALID;\n.*VALIDATE.*\n.*SET NOT NULL;\n.*DROP CONSTRAINT/
		: qr/NOT NULL x NOT VALID;\n.*VALIDATE/, 'NOT NULL');
	my $up = $migrate->(qw(upgrade head));
	is($up->{status}, 0, 'work') or diag $up->{err};
	is($migrate->('check')->{status}, 0, 'and are all of it');
	is($migrate->(qw(downgrade base))->{status}, 0, 'and back');
	is($pg->query(q{SELECT count(*) FROM pg_constraint WHERE conrelid = 'a'::regclass}, $db), 1, 'without a trace');
};

subtest 'what is rewritten or lost' => sub {
	my $also = "CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;\n";
	my ($dir, $db, $migrate) = project('schema.sql' => $also . "CREATE TABLE a (x int);\nCREATE TABLE m (x int);\n");
	$pg->query($also . 'CREATE TABLE a (x int, twice int GENERATED ALWAYS AS (x * 2) STORED); CREATE TABLE m (x int) USING heap2', $db);
	my $sql = $migrate->('diff')->{out};
	like($sql, qr/^-- hazard: [^\n]*rewrite[^\n]*\nALTER TABLE public\.m SET ACCESS METHOD heap;$/m, 'SET ACCESS METHOD rewrites');
	like($sql, qr/^ALTER TABLE public\.a DROP COLUMN twice;$/m, 'a generated column goes');
	unlike($sql . $migrate->(qw(diff --down))->{out}, qr/lossy/, 'and nothing is lost with it, on either way');
};

subtest 'a killed run' => sub {
	my ($dir, $db, $migrate) = project('schema.sql' => "SELECT pg_sleep(600);\n");
	my %option = (dir => $dir, env => { DATABASE_URL => $pg->tcp_url($db), MIGRATE_MODELS_SOURCE => 'schema.sql' });
	for my $signal (qw(KILL TERM)) {
		my $running = start('diff', \%option);
		$pg->wait_for(q{SELECT count(*) FROM pg_stat_activity WHERE datname ~ '^migrate_shadow' AND query ~ 'pg_sleep'}, '1');
		$running->signal($signal);
		$running->finish;
		$pg->wait_for(q{SELECT count(*) FROM pg_database WHERE datname ~ '^migrate_shadow'}, '0');
		pass("SIG$signal leaves nothing behind");
	}
	$pg->create_database('migrate_shadow_0123456789ab');
	write_file("$dir/schema.sql", '');
	$migrate->('diff');
	is(shadows(), 0, 'what was left goes with the next run');
};

subtest 'without the right to make a database' => sub {
	$pg->query("CREATE ROLE plain LOGIN PASSWORD 'pa55phrase'");
	my $source = "CREATE TYPE m AS ENUM ('a');\nCREATE TABLE a (id serial PRIMARY KEY, m m DEFAULT 'a' CHECK (m <> 'a'), n citext);\n";
	my ($dir, $db, $migrate) = project('schema.sql' => $source);
	$pg->query('CREATE EXTENSION citext; ALTER DATABASE ' . $db . ' OWNER TO plain', $db);
	my $url  = $pg->tcp_url($db, user => 'plain', password => 'pa55phrase');
	my $made = $migrate->(qw(revision --autogenerate -m plain --url), $url);
	is($made->{status}, 0, 'it works all the same') or diag $made->{err};
	unlike(slurp($made->{out} =~ /Generating (\S+)/), qr/migrate_shadow/, 'and nobody sees how');
	is($migrate->(qw(upgrade head --url), $url)->{status}, 0, 'it is applied');
	is($migrate->(qw(diff --url), $url)->{out}, '', 'and then there is no difference');
	is($pg->query(q{SELECT count(*) FROM pg_namespace WHERE nspname ~ 'shadow'}, $db), 0, 'nothing is left');

	my $empty = $pg->create_database('empty');
	$pg->query('CREATE EXTENSION citext; GRANT CREATE ON SCHEMA public TO plain', $empty);
	my $shadow = $pg->tcp_url($empty, user => 'plain', password => 'pa55phrase');
	is($migrate->(qw(diff --url), $url, '--models-shadow-url', $shadow)->{out}, '', 'shadow_url');
	is($pg->query(q{SELECT count(*) FROM pg_class WHERE relname = 'a'}, $empty), 0, 'which stays empty');
	my $full = $migrate->(qw(diff --url), $url, '--models-shadow-url', $url);
	like($full->{err}, qr/shadow_url is not empty: it has \w+/, 'and has to be');
};

subtest 'owners and privileges' => sub {
	my ($dir, $db, $migrate) = project('schema.sql' => "CREATE TABLE a (id int);\nCREATE VIEW v AS SELECT id, 1 AS x FROM a;\nGRANT SELECT ON a TO plain;\n");
	$pg->query('CREATE TABLE a (id bigint); CREATE VIEW v AS SELECT id FROM a; GRANT UPDATE ON a TO PUBLIC; GRANT SELECT ON v TO PUBLIC; ALTER VIEW v OWNER TO plain', $db);
	my $left = $migrate->('diff')->{out};
	unlike($left, qr/ ON (?:TABLE )?public\.a/, 'are left alone');
	like($left, qr/GRANT SELECT ON TABLE public\.v TO PUBLIC;/, 'but not lost with what is rebuilt');
	like($left, qr/ALTER VIEW public\.v OWNER TO plain;/, 'nor is the owner');
	my $all = $migrate->(qw(diff --models-grants on))->{out};
	like($all, qr/REVOKE UPDATE ON TABLE public\.a FROM PUBLIC;/, 'and compared');
	like($all, qr/GRANT SELECT ON TABLE public\.a TO plain;/, 'if asked');
};

subtest 'what no kind describes' => sub {
	my ($dir, $db, $migrate) = project('schema.sql' => '');
	$pg->query(q{CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
		CREATE SUBSCRIPTION orders CONNECTION 'dbname=elsewhere' PUBLICATION p WITH (connect = off, slot_name = NONE)}, $db);
	my $named = $migrate->('diff')->{err};
	like($named, qr/not compared: access method heap2/, 'is named');
	like($named, qr/not compared: subscription orders/, "also what stands in the whole server's catalog");
};

SKIP: {
	skip 'no SQLAlchemy', 1 if system('/usr/bin/python3 -c "import sqlalchemy, psycopg2" 2>/dev/null');
	subtest 'SQLAlchemy models' => \&models;
}

sub models {
	my $models = <<'END';
import enum
from sqlalchemy import *
from sqlalchemy.orm import declarative_base

print("noise")
Base = declarative_base()


class Color(enum.Enum):
    red = 1
    green = 2


class User(Base):
    __tablename__ = "users"
    __table_args__ = (CheckConstraint("name IN ('a', 'b%')"), {"comment": "it's 100%"})
    id = Column(Integer, primary_key=True)
    name = Column(String(20), nullable=False, unique=True, comment="n")
    color = Column(Enum(Color), server_default="red")


class Item(Base):
    __tablename__ = "items"
    __table_args__ = {"schema": "shop"}
    id = Column(BigInteger, Identity(start=5), primary_key=True)
    owner_id = Column(ForeignKey("users.id"), index=True)
    twice = Column(Integer, Computed("owner_id * 2"))
END
	my ($dir, $db, $migrate) = project('models.py' => $models);
	my $made = $migrate->(qw(revision --autogenerate -m first));
	is($made->{status}, 0, 'become a migration') or diag $made->{err};
	like(up($made->{out}), qr/CREATE SCHEMA shop;.*\(\n    id serial,\n.*'it''s 100%'/s, 'readable');
	is($migrate->(qw(upgrade head))->{status}, 0, 'that is applied');
	is($migrate->('check')->{status}, 0, 'and is all of it');

	$pg->query('CREATE VIEW v AS SELECT name FROM users; CREATE TABLE mine (id serial PRIMARY KEY);'
		. 'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$; ALTER TABLE users ENABLE ROW LEVEL SECURITY;'
		. q{ALTER TABLE users ALTER name SET DEFAULT 'a'; }
		. 'ALTER TABLE users RENAME CONSTRAINT users_name_key TO by_hand; CREATE POLICY p ON users', $db);
	my $kept = $migrate->('check');
	is($kept->{status}, 0, 'what they cannot say is not dropped') or diag $kept->{err};
	like($kept->{err}, qr/Kept 1 table that the models do not have: mine; --models-drop mine/, 'but named');
	like($migrate->(qw(diff --models-drop on))->{out}, qr/DROP VIEW public\.v;.*DROP TABLE public\.mine;/s, 'and dropped if asked');
	$pg->query('CREATE INDEX extra ON users (color); ALTER TABLE users ADD COLUMN extra int', $db);
	my $sql = $migrate->('diff')->{out};
	like($sql, qr/DROP INDEX public\.extra;.*DROP COLUMN extra;/s, 'what they can say is');
	$pg->query('DROP INDEX extra; ALTER TABLE users DROP COLUMN extra', $db);

	write_file("$dir/models.py", $models =~ s/String\(20\)/Text/r);
	$made = $migrate->(qw(revision --autogenerate -m second));
	like(up($made->{out}), qr/DROP VIEW public\.v;.*ALTER COLUMN name TYPE text;.*CREATE VIEW public\.v/s,
		'a view over a column that changes is rebuilt');
	is($migrate->(qw(upgrade head))->{status}, 0, 'in the migration');
	is($migrate->('check')->{status}, 0, 'and is there as before');
	is($migrate->(qw(downgrade -1))->{status}, 0, 'and back');

	write_file("$dir/models.py", "import nonesuch\n");
	my $error = $migrate->('diff');
	is($error->{status}, 3, 'an import error');
	like($error->{err}, qr/Traceback \(most recent call last\):\n.*models\.py", line 1, in <module>\n\s+import nonesuch\n\s*ModuleNotFoundError: No module named 'nonesuch'/s,
		'is shown as Python shows it');
	write_file("$dir/models.py", <<'END');
from sqlalchemy import *

shared = Enum("x", "y", name="shared")
one, two = MetaData(), MetaData(naming_convention={"pk": "pk_%(table_name)s"})
Table("a", one, Column("id", Integer, primary_key=True), Column("s", shared))
Table("b", two, Column("id", Integer, primary_key=True), Column("s", shared))


def both():
    return [one, two]
END
	for my $source ('python:models', 'python:models:one,two', 'python:models:both') {
		my $several = $migrate->(qw(diff --models-source), $source);
		like($several->{out}, qr/CREATE TABLE public\.a .*CONSTRAINT pk_b PRIMARY KEY/s, "several MetaData: $source")
		    or diag $several->{err};
	}
	like($migrate->(qw(diff --models-source python:models:nothing))->{err}, qr/cannot find nothing in models/, 'a name that is not there');
}

done_testing;
