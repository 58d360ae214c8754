# autogenerate_asks: what is asked on a terminal, and how a difference is told.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

my $pg = Cluster->new(port => 1);
$pg->start;
my $made = 0;

# A directory, a database with SQL, and what runs migrate there, as run() does or on a terminal.
sub project {
	my ($sql, $source, $text) = @_;
	my $dir = tempdir();
	my $db  = $pg->create_database('asks' . ++$made);
	$pg->query($sql, $db) if $sql ne '';
	mkdir "$dir/migrations";
	write_file("$dir/$source", $text);
	my %how = (dir => $dir, timeout => 120, env => { DATABASE_URL => $pg->tcp_url($db), MIGRATE_MODELS_PYTHON => '/usr/bin/python3',
		MIGRATE_MODELS_SOURCE => $source =~ /^(\w+)\.py$/ ? "python:$1:Base" : $source });
	return ($dir, $db, sub { run(@_, \%how) },
		sub { my ($stdin, @command) = @_; terminal(250, @command, { %how, stdin => $stdin }) });
}

sub written { return join '', map { slurp($_) } glob "$_[0]/migrations/*.sql" }

subtest 'renames' => sub {
	my ($dir, undef, undef, $ask) = project('CREATE TABLE locations (id int, description text)', 'schema.sql',
		"CREATE TABLE locations (id int, about text);\n");
	my $no = $ask->("n\n", qw(revision --autogenerate -m no --no-proof));
	like($no->{out}, qr/^Was column locations\.description renamed to "about"\? \[y\/N\]/m, 'are asked with the direction');
	like(written($dir), qr/DROP COLUMN description/, 'no is no');
	unlink glob "$dir/migrations/*";
	my $yes = $ask->("y\n", qw(revision --autogenerate -m yes));
	like(written($dir), qr/RENAME COLUMN description TO about;/, 'yes is yes');
	like($yes->{out}, qr/Proved in a throwaway database/, 'and is proved');

	($dir, undef, undef, $ask) = project('CREATE TABLE "Old" (id int)', 'schema.sql', qq{CREATE TABLE "New" (id int);\n});
	like($ask->("n\n", qw(revision --autogenerate -m no))->{out}, qr/Was table "Old" renamed to "New"\? \[y\/N\]/, 'a name that needs quotes has them once');
	like(written($dir), qr/DROP TABLE/, 'what was denied');
};

subtest 'what goes' => sub {
	my (undef, undef, $run) = project('CREATE TABLE a (id int, x text); CREATE TABLE b (id int, y int)', 'schema.sql',
		"CREATE TABLE a (id int, z date);\nCREATE TABLE c (q int);\n");
	my $log = $run->(qw(revision --autogenerate -m made))->{err};
	like($log, qr/^INFO  \[migrate\] Detected added column 'a\.z'$/m, 'what comes is information');
	like($log, qr/^WARN  \[migrate\] Detected removed column 'a\.x'$/m,  'what goes is a warning');
};

my $models = <<'END';
from sqlalchemy import Column, Integer, String, Table
from sqlalchemy.orm import declarative_base

Base = declarative_base()
Table("a", Base.metadata, Column("id", Integer, primary_key=True), Column("phone", String(20), nullable=False))
Table("b", Base.metadata, Column("id", Integer, primary_key=True))
END

subtest 'the number of tables' => sub {
	my (undef, undef, $run) = project('CREATE TABLE a (id serial PRIMARY KEY, phone varchar(20) NOT NULL); CREATE TABLE b (id serial PRIMARY KEY)',
		'models.py', $models);
	like($run->('check')->{err}, qr/^INFO  \[migrate\] The models have 2 tables$/m, 'is told');
	like($run->(qw(diff --json))->{out}, qr/"tables":2/, 'in JSON too');
	unlike($run->(qw(check --models-source), $pg->tcp_url('postgres'))->{err}, qr/The models have/, 'of models');
};

subtest 'a value for the rows that are there' => sub {
	my ($dir, $db, $run, $ask) = project(q{CREATE TABLE a (id serial PRIMARY KEY); INSERT INTO a DEFAULT VALUES; CREATE TABLE b (id serial PRIMARY KEY)},
		'models.py', $models);
	like($run->('diff')->{out}, qr/^-- hazard: fails.*\nALTER TABLE public\.a ADD COLUMN phone character varying\(20\) NOT NULL;$/m, 'is not asked for without a terminal');
	my $asked = $ask->("nonsuch(\nNULL\n'0'\n", qw(revision --autogenerate -m phone));
	like($asked->{out}, qr/Column a\.phone is NOT NULL and has no default, and table a has rows\./, 'is asked for');
	like($asked->{out}, qr/syntax error.*it is NULL.*A value for these rows/s, 'until the server takes it');
	like($asked->{out}, qr/Proved in a throwaway database/, 'it is proved');
	like(written($dir), qr/^-- migrate:up\nALTER TABLE public\.a ADD COLUMN phone character varying\(20\) DEFAULT '0' NOT NULL;
ALTER TABLE public\.a ALTER COLUMN phone DROP DEFAULT;\n\n-- migrate:down/m, 'is given once');
	is($run->(qw(upgrade head))->{status}, 0, 'and the migration goes through');
	is($pg->query('SELECT phone FROM a', $db), '0', 'with it');
	is($run->('check')->{status}, 0, 'so that nothing is left to do');

	($dir, undef, undef, $ask) = project('CREATE TABLE a (id serial PRIMARY KEY); CREATE TABLE b (id serial PRIMARY KEY)', 'models.py', $models);
	my $empty = $ask->('', qw(revision --autogenerate -m phone));
	unlike($empty->{out}, qr/A value/, 'not for a table without rows');
	like(written($dir), qr/phone character varying\(20\) NOT NULL;/, 'which needs none');

	($dir, undef, undef, $ask) = project('CREATE TABLE a (id serial PRIMARY KEY); INSERT INTO a DEFAULT VALUES; CREATE TABLE b (id serial PRIMARY KEY)', 'models.py', $models);
	$ask->("\n", qw(revision --autogenerate -m phone));
	like(written($dir), qr/phone character varying\(20\) NOT NULL;/, 'nothing is an answer too');
};

subtest 'a source that is none' => sub {
	my ($dir, undef, $run) = project('', 'models.py', $models);
	for my $case ([ 'models:Base', 'python:models:Base' ], [ 'app.models:Base,Other', 'python:app.models:Base,Other' ],
		[ 'models.py', 'python:models' ], [ './database/models.py', 'python:database.models' ]) {
		my ($given, $meant) = @$case;
		my $done = $run->('diff', '--models-source', $given);
		is($done->{status}, 3, "$given is refused");
		like($done->{err}, qr/'\Q$given\E' is neither SQL.*Did you mean: --models-source \Q$meant\E$/ms, "did you mean $meant");
	}
	write_file("$dir/odd:name", "CREATE TABLE a (id int);\n");
	is($run->(qw(diff --models-source odd:name))->{status}, 0, 'a file of such a name is one of SQL');
	like($run->(qw(diff --models-source nonsuch.sql))->{err}, qr/No such file/, 'a file that is not there is not');
};

done_testing;
