package Models;

# Models: a random change of SQLAlchemy models (tests/corpus/random_models.py), migrated by us and by
# Alembic's autogenerate; either way the database shall be what create_all makes of the new models.

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
	my $told = Process->run([ $python, '-c', 'import alembic; print(alembic.__version__)' ])->{out};
	return $told =~ s/\n//r;
}

sub _migrate {
	my ($pg, $db, $env, @more) = @_;
	my $done = run('diff', @more, { timeout => 120, plain => $ENV{PAIRS_PLAIN}, env => {
		%$env, DATABASE_URL => $pg->url($db), MIGRATE_MODELS_SOURCE => 'python:random_models:new',
		MIGRATE_MODELS_PYTHON => $python, MIGRATE_MODELS_DROP => 'on' } });
	die "diff: $done->{err}" if $done->{status};
	return $done->{out};
}

# {ours, theirs}: what is wrong with our migration, there and back, and with Alembic's, there; undef
# where nothing is.
sub change {
	my ($pg, $seed) = @_;
	$count++;
	my %db  = map { ($_ => $pg->create_database("models_${_}_$count")) } qw(ours theirs wanted);
	my %env = (SEED => $seed, PYTHONPATH => $place, PYTHONDONTWRITEBYTECODE => 1);
	my @url = map { $pg->url($_) =~ s{^postgresql://}{postgresql+psycopg2://}r } @db{qw(ours theirs wanted)};
	my $made = Process->run([ $python, '-W', 'ignore', "$place/random_models.py", @url ], env => { %ENV, %env }, timeout => 120);
	die "seed $seed: $made->{err}" if $made->{status};
	print $made->{err} if $ENV{RANDOM_SHOW};
	my $wanted = schema_of($pg, $db{wanted});
	my %told   = (theirs => $made->{out} ne '' ? "fails: $made->{out}" : differs(map {s/^CREATE SCHEMA shop;\n+//mr} schema_of($pg, $db{theirs}), $wanted));
	$told{ours} = $@ if !eval { there_and_back($pg, $db{ours}, $wanted, sub { _migrate($pg, $db{ours}, \%env, @_) }); 1 };
	$pg->query("DROP DATABASE $_ WITH (FORCE)") for values %db;
	return \%told;
}

1;
