# apply [BUILD]: 1,000 small migrations, a transaction each, by `migrate upgrade head`, beside one psql
# that runs the same statements with the same changes of the version table, and beside Alembic.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Bench;
use Cluster;
use Migrate qw(tempdir write_file migration);

my $count  = 1_000;
my $rounds = 7;
my $every  = 3;	# Alembic
my $files  = tempdir();
my $made   = 0;	# databases
my @kept;	# clusters

my $python = <<'END';
from alembic import op

revision = '%s'
down_revision = %s
branch_labels = None
depends_on = None


def upgrade():
%s

def downgrade():
    pass
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

# One or two statements: a new table, a new column and a row, or a few rows.
sub statements {
	my ($n) = @_;
	my $table = 'account_' . ($n - $n % 3);
	return "CREATE TABLE $table (id bigint PRIMARY KEY, name text NOT NULL)" if $n % 3 == 0;
	return ("ALTER TABLE $table ADD COLUMN paid boolean NOT NULL DEFAULT false",
		"INSERT INTO $table VALUES (1, 'first', true)") if $n % 3 == 1;
	return "INSERT INTO $table SELECT i, 'account ' || i FROM generate_series(2, 20) i";
}

sub write_files {
	my $script = "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL\n"
	    . "CONSTRAINT alembic_version_pkc PRIMARY KEY);\n";
	for my $directory ("$files/migrate", "$files/alembic", "$files/alembic/versions") {
		mkdir $directory or die "$directory: $!";
	}
	for my $n (0 .. $count - 1) {
		my $id     = id($n + 1);
		my $parent = $n ? id($n) : undef;
		my @sql    = statements($n);
		migration("$files/migrate", $id,
			{ message => "change $n", parents => $parent, up => join '', map {"$_;\n"} @sql });
		write_file("$files/alembic/versions/${id}_change.py", sprintf $python, $id,
			$parent ? "'$parent'" : 'None', join '', map {"    op.execute(\"$_\")\n"} @sql);
		my $move = $parent ? "UPDATE alembic_version SET version_num = '$id' WHERE version_num = '$parent'"
		    : "INSERT INTO alembic_version VALUES ('$id')";
		$script .= join '', map {"$_;\n"} 'BEGIN', $move, @sql, 'COMMIT';
	}
	write_file("$files/psql.sql",            $script);
	write_file("$files/alembic/alembic.ini", "[alembic]\nscript_location = $files/alembic\n");
	write_file("$files/alembic/env.py",      $python_env);
	return;
}

# Runs it on a new database, at whose end everything has to be there. None is dropped before the end: for
# minutes ext4 would search longer for each new file's inode among those just freed.
sub on_new_database {
	my ($pg, $run) = @_;
	my $name = $pg->create_database('bench_' . ++$made);
	$pg->query('CHECKPOINT');
	my $is = $run->($pg->url($name));
	my $found = $pg->query(<<'END', $name);
SELECT version_num, (SELECT count(*) FROM pg_tables WHERE tablename LIKE 'account%')
  FROM alembic_version
END
	my $expected = join '|', id($count), int(($count + 2) / 3);
	die "expected $expected, found $found\n" if $found ne $expected;
	return $is;
}

sub compare {
	my ($what, %option) = @_;
	my $pg = Cluster->new(disk => 1, options => {
		fsync => 'on', full_page_writes => 'on', synchronous_commit => 'on', %option });
	push @kept, $pg;
	$pg->start;
	my @rivals = (
		[ migrate => sub { on_new_database($pg, sub {
			measure([ migrate_program(), qw(upgrade head) ],
				env => { DATABASE_URL => $_[0], MIGRATE_DIRECTORY => "$files/migrate" });
		}) } ],
		[ psql => sub { on_new_database($pg, sub {
			measure([ Cluster::bin('psql'), qw(-X -q -v ON_ERROR_STOP=1 -d), $_[0],
				'-f', "$files/psql.sql" ]);
		}) } ],
		[ alembic => sub { on_new_database($pg, sub {
			measure([ alembic_program(), qw(upgrade head) ], dir => "$files/alembic",
				env => { DATABASE_URL => $_[0] =~ s/^postgresql/$&+psycopg2/r });
		}) }, $every ],
	);
	in_turn(1, @rivals);
	report($what, in_turn($rounds, @rivals));
	return;
}

sub report {
	my ($what, $found) = @_;
	my %ms = map { ($_ => median(figures('wall', $found->{$_})) / 1000) } keys %$found;
	heading("$count migrations, $what");
	table([ 'medians', 'ms', 'ms each', 'runs' ], map {
		[ $_, sprintf('%.0f', $ms{$_}), sprintf('%.2f', $ms{$_} / $count), scalar @{ $found->{$_} } ]
	} qw(migrate psql alembic));
	print "\n";
	table(
		verdict('time: migrate / psql',    $ms{migrate} / $ms{psql}, 1.1),
		verdict('time: alembic / migrate', $ms{alembic} / $ms{migrate}));
	return;
}

write_files();
compare('a disk, PostgreSQL as it comes');
compare('fsync off', fsync => 'off');
