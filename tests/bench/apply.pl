# apply [BUILD]: 1,000 small migrations, a transaction each, by `migrate upgrade head`, beside one
# psql that runs the same statements with the same changes of the version table, and beside Alembic.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Bench;
use Chain;
use Cluster;
use Migrate qw(tempdir write_file);

my $count  = 1_000;
my $rounds = 15;
my $every  = 5;	# Alembic
my $files  = tempdir();
my $made   = 0;	# databases
my @kept;	# clusters

# One or two statements: a new table, a new column and a row, or a few rows.
sub change {
	my ($n) = @_;
	my $table = 'account_' . ($n - ($n - 1) % 3);
	my @changes = (
		["CREATE TABLE $table (id bigint PRIMARY KEY, name text NOT NULL)"],
		[ "ALTER TABLE $table ADD COLUMN paid boolean NOT NULL DEFAULT false",
			"INSERT INTO $table VALUES (1, 'first', true)" ],
		["INSERT INTO $table SELECT i, 'account ' || i FROM generate_series(2, 20) i"],
	);
	return { up => $changes[ ($n - 1) % 3 ], down => ['SELECT 1'] };
}

sub write_script {
	my $script = "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL\n"
	    . "CONSTRAINT alembic_version_pkc PRIMARY KEY);\n"
	    . "BEGIN;\nINSERT INTO alembic_version VALUES ('" . chain_id(1) . "');\n";
	for my $n (1 .. $count) {
		my ($before, $id) = map { chain_id($_) } $n - 1, $n;
		$script .= "BEGIN;\nUPDATE alembic_version SET version_num = '$id'"
		    . " WHERE version_num = '$before';\n" if $n > 1;
		$script .= join ";\n", @{ change($n)->{up} }, "COMMIT;\n";
	}
	write_file("$files/psql.sql", $script);
	return;
}

# Runs it on a new database, at whose end everything has to be there. None is dropped before the
# end: for minutes ext4 would search longer for each new file's inode among those just freed.
sub on_new_database {
	my ($pg, $run) = @_;
	my $name = $pg->create_database('bench_' . ++$made);
	$pg->query('CHECKPOINT');
	my $is = $run->($pg->url($name));
	my $found = $pg->query(<<'END', $name);
SELECT version_num, (SELECT count(*) FROM pg_tables WHERE tablename LIKE 'account%')
  FROM alembic_version
END
	my $expected = join '|', chain_id($count), int(($count + 2) / 3);
	die "expected $expected, found $found\n" if $found ne $expected;
	return $is;
}

sub run_migrate {
	my ($url) = @_;
	return measure([ migrate_program(), 'upgrade', 'head' ],
		env => { DATABASE_URL => $url, MIGRATE_DIRECTORY => "$files/migrate" });
}

sub run_psql {
	my ($url) = @_;
	return measure([ Cluster::bin('psql'), qw(-X -q -v ON_ERROR_STOP=1 -d), $url,
		'-f', "$files/psql.sql" ]);
}

sub run_alembic {
	my ($url) = @_;
	return measure([ alembic_program(), 'upgrade', 'head' ], dir => "$files/alembic",
		env => { DATABASE_URL => $url =~ s/^postgresql/$&+psycopg2/r });
}

sub compare {
	my ($what, $most, %option) = @_;
	my $pg = Cluster->new(disk => 1, options => {
		fsync => 'on', full_page_writes => 'on', synchronous_commit => 'on', %option });
	push @kept, $pg;
	$pg->start;
	my @rivals = (
		[ migrate => sub { on_new_database($pg, \&run_migrate) } ],
		[ psql    => sub { on_new_database($pg, \&run_psql) } ],
		[ alembic => sub { on_new_database($pg, \&run_alembic) }, $every ],
	);
	in_turn(1, @rivals);
	report($what, $most, in_turn($rounds, @rivals));
	return;
}

sub report {
	my ($what, $most, $found) = @_;
	my %ms = map { ($_ => median(figures('wall', $found->{$_})) / 1000) } keys %$found;
	heading("$count migrations, $what");
	table([ 'medians', 'ms', 'ms each', 'runs' ], map {
		[ $_, sprintf('%.0f', $ms{$_}), sprintf('%.2f', $ms{$_} / $count),
			scalar @{ $found->{$_} } ]
	} qw(migrate psql alembic));
	print "\n";
	table(
		verdict('time: migrate / psql',    $ms{migrate} / $ms{psql}, $most),
		verdict('time: alembic / migrate', $ms{alembic} / $ms{migrate}));
	return;
}

write_chain($files, $count, \&change);
write_script();
compare('a disk, PostgreSQL as it comes', 1.1);
compare('fsync off', undef, fsync => 'off');
