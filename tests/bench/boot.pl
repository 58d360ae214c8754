# boot [BUILD]: a boot that has nothing to apply, beside the least that such a boot can be and beside
# Alembic, with 100, 1,000 and 10,000 revisions.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Bench;
use Cluster;
use Migrate qw(tempdir write_file migration);

# Revisions, rounds, and in every how-many-th of them Alembic runs too.
my @sizes = ([ 100, 41, 4 ], [ 1_000, 41, 8 ], [ 10_000, 21, 7 ]);

my $files = tempdir();
my $pg    = Cluster->new(port => 1);
my $url   = $pg->url('bench');
$pg->start;
$pg->create_database('bench');
$pg->query('CREATE TABLE alembic_version (version_num varchar(32) NOT NULL
	CONSTRAINT alembic_version_pkc PRIMARY KEY)', 'bench');

my $python = <<'END';
from alembic import op

revision = '%s'
down_revision = %s
branch_labels = None
depends_on = None


def upgrade():
    op.execute('%s')
    op.execute('%s')


def downgrade():
    op.execute('%s')
END

my $python_env = <<'END';
import os
import sqlalchemy
from alembic import context

engine = sqlalchemy.create_engine(os.environ['DATABASE_URL'], poolclass=sqlalchemy.pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
END

sub id { return sprintf '%012x', $_[0] * 2_654_435_761 }

# The same chain for both, each file of about 500 bytes.
sub write_chain {
	my ($count) = @_;
	my ($ours, $theirs) = ("$files/$count", "$files/alembic-$count");
	for my $directory ($ours, $theirs, "$theirs/versions") {
		mkdir $directory or die "$directory: $!";
	}
	for my $n (1 .. $count) {
		my $parent = $n > 1 ? id($n - 1) : undef;
		my $create = "CREATE TABLE account_$n (id bigint PRIMARY KEY, name text NOT NULL)";
		my $index  = "CREATE INDEX account_${n}_name ON account_$n (name)";
		my $down   = "DROP TABLE account_$n";
		migration($ours, id($n), {
			message => "create account_$n",
			parents => $parent,
			up      => "-- Those who have come, by the name that they gave themselves.\n"
			    . "$create;\n\n-- They are looked for by it.\n$index;",
			down    => "-- The index goes with its table.\n$down;",
		});
		write_file("$theirs/versions/" . id($n) . '_create.py',
			sprintf $python, id($n), $parent ? "'$parent'" : 'None', $create, $index, $down);
	}
	write_file("$theirs/alembic.ini", "[alembic]\nscript_location = $theirs\n");
	write_file("$theirs/env.py",      $python_env);
	return ($ours, $theirs);
}

sub compare {
	my ($count, $rounds, $every) = @_;
	my ($ours, $theirs) = write_chain($count);
	my $env = { DATABASE_URL => $url, MIGRATE_DIRECTORY => $ours };
	my $sqlalchemy = { DATABASE_URL => $url =~ s/^postgresql/$&+psycopg2/r };
	my @rivals = (
		[ migrate   => sub { measure([ migrate_program(), 'entrypoint' ], env => $env) } ],
		[ floor     => sub { measure([ floor_program('floor'), $url ]) } ],
		[ readfiles => sub { measure([ floor_program('readfiles'), $ours ]) } ],
		[ alembic   => sub {
			measure([ alembic_program(), qw(upgrade head) ], dir => $theirs, env => $sqlalchemy);
		}, $every ],
	);
	$pg->query('DELETE FROM alembic_version', 'bench');
	$pg->query("INSERT INTO alembic_version VALUES ('" . id($count) . "')", 'bench');
	in_turn(1, @rivals);	# warms the page cache, and makes Python's
	report($count, in_turn($rounds, @rivals));
	return;
}

sub report {
	my ($count, $found) = @_;
	my %ms = map { ($_ => median(figures('wall',   $found->{$_})) / 1000) } keys %$found;
	my %mb = map { ($_ => median(figures('memory', $found->{$_})) / 1024) } keys %$found;
	heading("a boot with nothing pending, $count revisions");
	table([ 'medians', 'ms', 'MB', 'runs' ], map {
		[ $_, sprintf('%.2f', $ms{$_}), sprintf('%.1f', $mb{$_}), scalar @{ $found->{$_} } ]
	} qw(migrate floor readfiles alembic));
	print "\n";
	table(
		verdict('time: migrate / floor', $ms{migrate} / $ms{floor}, $count == 100 ? 1.5 : undef),
		verdict('time: migrate / (2 readfiles + floor)',
			$ms{migrate} / (2 * $ms{readfiles} + $ms{floor}), $count == 10_000 ? 1 : undef),
		verdict('memory: migrate - floor', $mb{migrate} - $mb{floor},
			$count == 100 ? 4 : undef, ' MB'),
		verdict('time: alembic / migrate', $ms{alembic} / $ms{migrate}));
	return;
}

compare(@$_) for @sizes;
