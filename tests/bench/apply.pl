# apply [BUILD [PART…]]: `migrate upgrade head` beside psql, which runs the same statements with the same
# changes of the version table, and beside Alembic. The parts, all unless told: 1000 and 10000 small
# migrations, a transaction each, on a disk; nosync, 1000 of them on a server that does not wait for its
# disk; copy, one migration of up to 100 MB of COPY data.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Bench;
use Chain;
use Cluster;
use Migrate qw(migration tempdir write_file);

my %rounds = (1_000 => 15, 10_000 => 5);
my $every  = 5;	# Alembic
my $files;
my $made = 0;	# databases
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
	my ($count) = @_;
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

# Runs it on a new database, at whose end the query has to give this. None is dropped before the
# end: for minutes ext4 would search longer for each new file's inode among those just freed.
sub on_new_database {
	my ($pg, $run, $query, $expected) = @_;
	my $name = $pg->create_database('bench_' . ++$made);
	$pg->query('CHECKPOINT');
	my $is = $run->($pg->url($name));
	my $found = $pg->query($query, $name);
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

sub run_psql_once {
	my ($url) = @_;
	return measure([ Cluster::bin('psql'), qw(-X -q -1 -v ON_ERROR_STOP=1 -d), $url,
		'-f', "$files/psql.sql" ]);
}

sub run_alembic {
	my ($url) = @_;
	return measure([ alembic_program(), 'upgrade', 'head' ], dir => "$files/alembic",
		env => { DATABASE_URL => $url =~ s/^postgresql/$&+psycopg2/r });
}

sub cluster {
	my (%option) = @_;
	my $pg = Cluster->new(disk => 1, options => {
		fsync => 'on', full_page_writes => 'on', synchronous_commit => 'on', %option });
	push @kept, $pg;
	$pg->start;
	return $pg;
}

sub chain {
	my ($count, $what, $most, %option) = @_;
	my $pg = cluster(%option);
	my @at_end = (<<'END', join '|', chain_id($count), int(($count + 2) / 3));
SELECT version_num, (SELECT count(*) FROM pg_tables WHERE tablename LIKE 'account%')
  FROM alembic_version
END
	my @rivals = (
		[ migrate => sub { on_new_database($pg, \&run_migrate, @at_end) } ],
		[ psql    => sub { on_new_database($pg, \&run_psql, @at_end) } ],
		[ alembic => sub { on_new_database($pg, \&run_alembic, @at_end) }, $every ],
	);
	$files = tempdir();
	write_chain($files, $count, \&change);
	write_script($count);
	in_turn(1, @rivals) if $count <= 1_000;
	report($count, $what, $most, in_turn($rounds{$count}, @rivals));
	return;
}

sub report {
	my ($count, $what, $most, $found) = @_;
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

# A table and so many bytes for it, some in each of four COPYs. Returns the number of rows.
sub write_copy {
	my ($bytes) = @_;
	my ($sql, $rows) = ("CREATE TABLE big (id bigint, name text, at timestamptz, note text);\n", 0);
	for my $part (1 .. 4) {
		$sql .= "COPY big FROM stdin;\n";
		while (length $sql < $bytes * $part / 4) {
			$rows++;
			$sql .= "$rows\tname of $rows\t2026-11-22 10:04:00+00\tand what is said of it\n";
		}
		$sql .= "\\.\n";
	}
	$files = tempdir();
	mkdir "$files/migrate" or die "$files/migrate: $!";
	migration("$files/migrate", 'aaaa', { up => $sql, down => 'DROP TABLE big;' });
	write_file("$files/psql.sql", $sql);
	return $rows;
}

sub copy {
	my $pg   = cluster();
	my @rows = [ 'medians', 'migrate ms', 'psql ms', 'migrate MB', 'psql MB', 'runs' ];
	my (%ratio, %mb);
	for my $size (1, 10, 100) {
		my @at_end = ('SELECT count(*) FROM big', write_copy($size << 20));
		my @rivals = (
			[ migrate => sub { on_new_database($pg, \&run_migrate, @at_end) } ],
			[ psql    => sub { on_new_database($pg, \&run_psql_once, @at_end) } ]);
		in_turn(1, @rivals);
		my $found = in_turn(9, @rivals);
		my %ms = map { ($_ => median(figures('wall', $found->{$_})) / 1000) } keys %$found;
		my %memory = map { ($_ => median(figures('memory', $found->{$_})) / 1024) } keys %$found;
		push @rows, [ "$size MB", map({ sprintf '%.0f', $_ } @ms{qw(migrate psql)}),
			map({ sprintf '%.1f', $_ } @memory{qw(migrate psql)}), scalar @{ $found->{psql} } ];
		($ratio{$size}, $mb{$size}) = ($ms{migrate} / $ms{psql}, $memory{migrate});
	}
	heading('one migration with COPY data, a disk');
	table(@rows);
	print "\n";
	table(
		verdict('time: migrate / psql, 100 MB', $ratio{100}, 1.05),
		verdict('memory: 100 MB - 1 MB', $mb{100} - $mb{1}, 2, ' MB'));
	return;
}

my %part = (
	1000   => sub { chain(1_000, 'a disk, PostgreSQL as it comes', 1.05) },
	10000  => sub { chain(10_000, 'a disk, PostgreSQL as it comes', 1.05) },
	nosync => sub { chain(1_000, 'fsync off', undef, fsync => 'off') },
	copy   => \&copy,
);
my (undef, @wanted) = @ARGV;
$part{$_}->() for @wanted ? @wanted : qw(1000 nosync 10000 copy);
