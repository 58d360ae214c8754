package Models;

# Models: a change of SQLAlchemy models, migrated by us and by Alembic's autogenerate; either way the
# database shall be what create_all makes of the new models. The changes are those of tests/corpus:
# random_models.py and alembic_cases.py.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Spec;
use Migrate;
use Pairs;
use Process;

my $python = $ENV{ALEMBIC_PYTHON} // '/usr/bin/python3';
my $place  = File::Spec->rel2abs(dirname(__FILE__) . '/../corpus');
my $count  = 0;

# Why they cannot be run, or undef.
sub missing {
	my $tried = Process->run([ $python, '-c', 'import alembic, psycopg2' ]);
	return $tried->{status} ? 'no Alembic: install the packages alembic and python3-psycopg2' : undef;
}

sub version {
	my (%env) = @_;
	my $told = Process->run([ $python, '-c', 'import alembic; print(alembic.__version__)' ], env => { %ENV, %env })->{out};
	return $told =~ s/\n//r;
}

# What a program of tests/corpus prints; dies with the last line of its reasons.
sub python {
	my ($name, $env, @arguments) = @_;
	my $done = Process->run([ $python, '-W', 'ignore', "$place/$name.py", @arguments ], timeout => 120,
		env => { %ENV, PYTHONDONTWRITEBYTECODE => 1, %$env });
	die +($done->{err} =~ /^(\w[\w.]*(?:Error|Exception)\b.*)$/m ? $1 : $done->{err}) . "\n" if $done->{status};
	print $done->{err} if $ENV{RANDOM_SHOW};
	return $done->{out};
}

sub _migrate {
	my ($pg, $db, $name, $env, @command) = @_;
	my $done = run(@command, { timeout => 120, plain => $ENV{PAIRS_PLAIN}, env => {
		%$env, DATABASE_URL => $pg->url($db), MIGRATE_MODELS_SOURCE => "python:$name:new",
		MIGRATE_MODELS_PYTHON => $python, MIGRATE_MODELS_DROP => 'on' } });
	die "$command[0]: $done->{err}" if $done->{status};
	return $done->{out};
}

# Both ways, as revision --autogenerate writes them.
sub _revision {
	my ($pg, $db, $name, $env) = @_;
	my $dir = tempdir();
	_migrate($pg, $db, $name, { %$env, MIGRATE_DIRECTORY => $dir }, qw(revision --autogenerate -m made --rev-id made));
	my ($file) = glob "$dir/*.sql";
	return ('', '') if !defined $file;
	my ($up, $down) = slurp($file) =~ /^-- migrate:up.*\n((?s:.*?))^-- migrate:down.*\n((?s:.*))/m;
	return map { s/^\s*(?:--.*)?\n//mgr } $up, $down;
}

# {ours, theirs}: what is wrong with our migration, there and back, and with Alembic's, there; undef
# where nothing is. {unloaded}: why create_all cannot make the models. The change is that of a program of
# tests/corpus, with $env.
sub change {
	my ($pg, $name, $env) = @_;
	$count++;
	my %db  = map { ($_ => "models_${_}_$count") } qw(ours theirs wanted);
	$pg->query(join '', map {"CREATE DATABASE $_;\n"} sort values %db);
	my %env = (PYTHONPATH => join(':', $place, $ENV{PYTHONPATH} // ()), PYTHONDONTWRITEBYTECODE => 1, %$env);
	my @url = map { $pg->url($_) =~ s{^postgresql://}{postgresql+psycopg2://}r } @db{qw(ours theirs wanted)};
	my %told;
	my $theirs = eval { python($name, \%env, @url) } // ($told{unloaded} = $@);
	if (!defined $told{unloaded}) {
		my $wanted = schema_of($pg, $db{wanted});
		my $made   = sub { $_[0] =~ s/^CREATE SCHEMA \w+;\n+//mgr };
		$told{theirs} = $theirs ne '' ? "fails: $theirs" : differs(map { $made->($_) } schema_of($pg, $db{theirs}), $wanted);
		my @ways      = ($pg, $db{ours}, $name, \%env);
		$told{ours}   = $@ if !eval {
			my ($up, $down) = _revision(@ways);
			there_and_back($pg, $db{ours}, $wanted, $up, $down, sub { _migrate(@ways, 'diff') });
			1;
		};
	}
	$pg->query(join '', map {"DROP DATABASE $_ WITH (FORCE);\n"} sort values %db);
	return \%told;
}

1;
