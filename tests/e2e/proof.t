# proof: a migration is tried in a throwaway database before it is written.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

my $pg = Cluster->new(port => 1);
$pg->start;
my $made = 0;

# A directory, a database with SQL, and migrate run there; the source is $file.
sub project {
	my ($sql, %file) = @_;
	my $dir = tempdir();
	my $db  = $pg->create_database('proof' . ++$made);
	$pg->query($sql, $db) if $sql ne '';
	mkdir "$dir/migrations";
	write_file("$dir/$_", $file{$_}) for keys %file;
	my ($name) = sort keys %file;
	my $source = $name =~ /^(\w+)\.py$/ ? "python:$1:Base" : $name;
	return ($dir, $db, sub {
		my %option = ref $_[-1] ? %{ pop @_ } : ();
		return run(qw(revision --autogenerate -m made), @_, { dir => $dir, timeout => 120, env => {
			DATABASE_URL => $pg->tcp_url($db), MIGRATE_MODELS_SOURCE => $source,
			MIGRATE_MODELS_PYTHON => '/usr/bin/python3', %{ $option{env} // {} } } });
	});
}

sub files   { return scalar(() = glob "$_[0]/migrations/*") }
sub shadows { return $pg->query(q{SELECT count(*) FROM pg_database WHERE datname ~ '^migrate_shadow'}) }

my $proved = qr/^INFO  \[migrate\] Proved in a throwaway database, down and up$/m;

sub proves {
	my ($what, $sql, $schema, @options) = @_;
	my ($dir, undef, $revision) = project($sql, 'schema.sql' => $schema);
	my $done = $revision->(@options);
	is($done->{status}, 0, $what) or diag $done->{err}, $done->{out};
	like($done->{err}, $proved, 'is proved');
	ok(files($dir) > 0, 'and written');
	return;
}

subtest 'what is right' => sub {
	proves('all is new', '', "CREATE TABLE a (id serial PRIMARY KEY, x text UNIQUE);\nCREATE VIEW v AS SELECT x FROM a;\n");
	proves('all goes', 'CREATE TABLE a (id serial PRIMARY KEY); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$', "CREATE TABLE b ();\n");
	proves('with rows and a sequence that has come far', 'CREATE TABLE a (id serial PRIMARY KEY); INSERT INTO a SELECT FROM generate_series(1, 50)',
		"CREATE TABLE a (id serial PRIMARY KEY, x text);\n");
	proves('a label that is used at once', "CREATE TYPE m AS ENUM ('a'); CREATE TABLE t (m m)",
		"CREATE TYPE m AS ENUM ('a', 'b');\nCREATE TABLE t (m m DEFAULT 'b');\n");
	proves('outside a transaction', 'CREATE TABLE a (id int NOT NULL, x text)',
		"CREATE TABLE a (id int NOT NULL, x text);\nCREATE INDEX ax ON a (x);\nCREATE TABLE b (a int);\n", qw(--models-safe on));
	proves('a rename', 'CREATE TABLE a (id serial PRIMARY KEY, x text); INSERT INTO a DEFAULT VALUES',
		"CREATE TABLE b (id serial PRIMARY KEY, y text);\n", qw(--rename a:b --rename b.x:y));
	proves('a table that is made again, whose rows are lost', 'CREATE TABLE a (id serial PRIMARY KEY); INSERT INTO a DEFAULT VALUES',
		"CREATE TABLE a (id serial PRIMARY KEY) PARTITION BY RANGE (id);\n");
	proves('event triggers do not fire',
		q{CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no DDL'; END$$;
		CREATE EVENT TRIGGER no ON ddl_command_start EXECUTE FUNCTION no()},
		q{CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no DDL'; END$$;
		CREATE TABLE a (id int);
		CREATE EVENT TRIGGER no ON ddl_command_start EXECUTE FUNCTION no();});
	$pg->query('CREATE ROLE reader');
	proves('default privileges give a new table to somebody', 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader; CREATE TABLE a (id int)',
		"CREATE TABLE a (id int);\nCREATE TABLE b (id int);\n");
	is(shadows(), 0, 'nothing is left on the server');
};

subtest 'another database' => sub {
	my ($dir, $db, $revision) = project('CREATE TABLE a (id serial PRIMARY KEY)', 'schema.sql' => '');
	my $other = $pg->create_database('other');
	$pg->query('CREATE TABLE a (id serial PRIMARY KEY, x text); CREATE VIEW v AS SELECT x FROM a', $other);
	my $done = $revision->('--models-source', $pg->tcp_url($other));
	like($done->{err}, $proved, 'as a source') or diag $done->{out};
};

subtest 'what models leave unsaid' => sub {
	my ($dir, $db, $revision) = project(<<'SQL', 'models.py' => <<'PY');
CREATE TABLE a (id serial PRIMARY KEY, name text NOT NULL, gone int);
INSERT INTO a (name) VALUES ('x'), ('y');
CREATE VIEW v AS SELECT id, name FROM a;
COMMENT ON VIEW v IS 'kept';
GRANT SELECT ON v TO PUBLIC;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();
CREATE TABLE theirs (id int PRIMARY KEY, a int REFERENCES a);
CREATE INDEX an ON a USING hash (name);
SQL
from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class A(Base):
    __tablename__ = "a"
    id = Column(Integer, primary_key=True)
    name = Column(String(40), nullable=False, index=True)
    phone = Column(String(20))
PY
	my $done = $revision->();
	is($done->{status}, 0, 'is added to the throwaway database') or diag $done->{out}, $done->{err};
	like($done->{err}, $proved, 'so that it is proved');
	is(files($dir), 1, 'and written');
};

# The sanitized program leaves a statement out where it writes it; see core/base/failpoint.h.
sub refuses {
	my ($what, $without, $line, @options) = @_;
	my ($dir, undef, $revision) = project('CREATE TABLE a (id int, x text); CREATE VIEW v AS SELECT x FROM a',
		'schema.sql' => "CREATE TABLE a (id int, x varchar(9));\nCREATE VIEW v AS SELECT x FROM a;\nCREATE INDEX i ON a (id);\n");
	my $done = $revision->(@options, { env => { MIGRATE_LEAVE_OUT => $without } });
	is($done->{status}, 3, "$what: it fails");
	like($done->{err}, qr/does not do what it shall, and is not written: .*$line/s, 'says how');
	like($done->{err}, qr/bug of migrate.*--no-proof/, 'and what to do');
	is(files($dir), 0, 'nothing is written');
	is(shadows(), 0, 'nothing is left on the server');
	return ($done, $dir, $revision);
}

subtest 'what is wrong' => sub {
	my ($done, $dir, $revision) = refuses('a statement that is missing on the way up', 'CREATE INDEX',
		qr/after the way up: removed index 'i'/);
	like($done->{out}, qr/^migrate \S+, PostgreSQL \d+: .*^- after the way up: removed index 'i'\n.*^-- migrate:up\n.*ALTER TABLE public\.a.*^-- migrate:down\n.*DROP INDEX/ms,
		'with the text of a report');
	my $forced = $revision->('--no-proof', { env => { MIGRATE_LEAVE_OUT => 'CREATE INDEX' } });
	is($forced->{status}, 0, '--no-proof');
	unlike($forced->{err}, qr/[Pp]roof|[Pp]roved/, 'asks for none');
	is(files($dir), 1, 'and writes it');
	refuses('one that is missing on the way down', 'DROP INDEX', qr/after the way down: added index 'i'/);
	refuses('one that others need', 'DROP VIEW', qr/the down part fails: cannot alter type of a column used by a view/);
	my ($json) = refuses('--json', 'CREATE INDEX', qr/removed index 'i'/, '--json');
	like($json->{out}, qr/"files":\[\],"proof":\{"tried":true,"reason":null,"differences":\["after the way up: removed index 'i'"\]/, 'has the difference');
};

subtest 'what cannot be tried' => sub {
	$pg->query('CREATE ROLE plain LOGIN; CREATE ROLE maker LOGIN CREATEDB');
	my ($dir, $db, $revision) = project('GRANT CREATE ON SCHEMA public TO plain, maker; DO $$BEGIN EXECUTE format($a$GRANT CREATE ON DATABASE %I TO plain$a$, current_database()); END$$', 'schema.sql' => "CREATE TABLE a (id int);\n");
	my $done = $revision->('--url', $pg->tcp_url($db, user => 'plain'), '--json');
	is($done->{status}, 0, 'without the right to make databases');
	like($done->{err}, qr/^WARN  \[migrate\] written without a proof: no database could be created for it$/m, 'that is said');
	like($done->{out}, qr/"files":\["[^"]+_made\.sql"\],"proof":\{"tried":false,"reason":"no database could be created for it"/, 'in JSON too');
	is(files($dir), 1, 'and the file is written');

	unlink glob "$dir/migrations/*";
	my $url = $revision->('--models-shadow-url', $pg->tcp_url($pg->create_database('shadow')));
	like($url->{err}, qr/written without a proof: .*shadow_url/, 'in a database that is given');
	is(files($dir), 1, 'it is written too');

	unlink glob "$dir/migrations/*";
	$pg->query(q{CREATE EXTENSION pg_prewarm; CREATE FUNCTION secret() RETURNS int LANGUAGE internal AS 'pg_backend_pid'}, $db);
	write_file("$dir/models.py", <<'PY');
from sqlalchemy import Column, Integer, Table
from sqlalchemy.orm import declarative_base

Base = declarative_base()
Table("a", Base.metadata, Column("id", Integer))
PY
	my $part = $revision->('--url', $pg->tcp_url($db, user => 'maker'), qw(--models-source python:models:Base));
	is($part->{status}, 0, 'what a role cannot make') or diag $part->{err}, $part->{out};
	like($part->{err}, qr/Proved in a throwaway database, down and up; not compared, .*\(permission denied .*\): .*function 'secret\(\)'/,
		'is left out of the proof');
	is(files($dir), 1, 'and the file is written');
};

subtest 'what is inexact' => sub {
	my ($dir, $db, $revision) = project('CREATE TABLE p (id int); CREATE TABLE c (x int) INHERITS (p)',
		'schema.sql' => "CREATE TABLE p (id int, x int);\nCREATE TABLE c () INHERITS (p);\n");
	my $done = $revision->();
	is($done->{status}, 0, 'is no difference') or diag $done->{err}, $done->{out};
	like($done->{err}, qr/Proved in a throwaway database, down and up; inexact, and not compared: c\.x$/m, 'and is said');
};

subtest 'no difference' => sub {
	my ($dir, $db, $revision) = project('CREATE TABLE a (id int)', 'schema.sql' => "CREATE TABLE a (id int);\n");
	my $done = $revision->('--json');
	like($done->{out}, qr/"files":\[\],"proof":null\}$/, 'has no proof');
	unlike($done->{err}, qr/[Pp]roved/, 'and nothing is said of one');
};

done_testing;
