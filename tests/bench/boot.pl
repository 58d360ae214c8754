# boot [BUILD]: a boot that has nothing to apply, beside the least that such a boot can be and
# beside Alembic, with 100, 1,000 and 10,000 revisions.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Bench;
use Chain;
use Cluster;
use Migrate qw(tempdir);

# Revisions, rounds, and in every how-many-th of them Alembic runs too.
my @sizes = ([ 100, 41, 4 ], [ 1_000, 41, 6 ], [ 10_000, 21, 5 ]);

my $pg  = Cluster->new(port => 1);
my $url = $pg->url('bench');
$pg->start;
$pg->create_database('bench');
$pg->query(<<'END', 'bench');
CREATE TABLE alembic_version (version_num varchar(32) NOT NULL
CONSTRAINT alembic_version_pkc PRIMARY KEY)
END

# So that a file has about 500 bytes.
sub change {
	my ($n) = @_;
	return {
		up => [
			"CREATE TABLE account_$n (id bigint PRIMARY KEY, name text NOT NULL, paid date)",
			"CREATE INDEX account_${n}_name ON account_$n (name)",
			"COMMENT ON TABLE account_$n IS 'those who have come, by name'",
		],
		down => [ "DROP INDEX account_${n}_name", "DROP TABLE account_$n" ],
	};
}

sub compare {
	my ($count, $rounds, $every) = @_;
	my $files = tempdir();
	my %boot  = (env => { DATABASE_URL => $url, MIGRATE_DIRECTORY => "$files/migrate" });
	my %alembic = (
		dir => "$files/alembic",
		env => { DATABASE_URL => $url =~ s/^postgresql/$&+psycopg2/r });
	my @rivals = (
		[ migrate   => sub { measure([ migrate_program(), 'entrypoint' ], %boot) } ],
		[ floor     => sub { measure([ floor_program('floor'), $url ]) } ],
		[ readfiles => sub { measure([ floor_program('readfiles'), "$files/migrate" ]) } ],
		[ alembic   => sub { measure([ alembic_program(), 'upgrade', 'head' ], %alembic) }, $every ],
	);
	write_chain($files, $count, \&change);
	$pg->query('DELETE FROM alembic_version', 'bench');
	$pg->query("INSERT INTO alembic_version VALUES ('" . chain_id($count) . "')", 'bench');
	in_turn(1, @rivals);	# warms the page cache, and makes Python's
	report($count, in_turn($rounds, @rivals));
	return;
}

sub report {
	my ($count, $found) = @_;
	my %ms   = map { ($_ => median(figures('wall',   $found->{$_})) / 1000) } keys %$found;
	my %mb   = map { ($_ => median(figures('memory', $found->{$_})) / 1024) } keys %$found;
	my %most = (
		100    => { floor => 1.2, memory => 1 },
		10_000 => { files => 1 },
	);
	my $most = $most{$count};
	heading("a boot with nothing pending, $count revisions");
	table([ 'medians', 'ms', 'MB', 'runs' ], map {
		[ $_, sprintf('%.2f', $ms{$_}), sprintf('%.1f', $mb{$_}), scalar @{ $found->{$_} } ]
	} qw(migrate floor readfiles alembic));
	print "\n";
	table(
		verdict('time: migrate / floor', $ms{migrate} / $ms{floor}, $most->{floor}),
		verdict('time: migrate / (2 readfiles + floor)',
			$ms{migrate} / (2 * $ms{readfiles} + $ms{floor}), $most->{files}),
		verdict('memory: migrate - floor', $mb{migrate} - $mb{floor}, $most->{memory}, ' MB'),
		verdict('time: alembic / migrate', $ms{alembic} / $ms{migrate}));
	return;
}

compare(@$_) for @sizes;
