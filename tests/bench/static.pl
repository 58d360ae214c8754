# static [BUILD]: the program of make static beside the least of its kind: --version beside a program that
# does nothing, a boot with nothing to apply beside one connection and one query.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Bench;
use Chain;
use Cluster;
use Migrate qw(tempdir write_file);

my $build = File::Spec->rel2abs($ARGV[0] // 'build');
my $own   = "$build/static";
my $dir   = tempdir();
my @libs  = qw(-lpq -lpgcommon -lpgport -lssl -lcrypto -lzstd -llz4 -lz);
my @cc    = ("$own/libraries/bin/cc", '-O2', '-static', '-Wl,--gc-sections');

sub compile {
	my ($name, @rest) = @_;
	system(@cc, '-o', "$dir/$name", @rest) == 0 or die "$name was not built; make static first\n";
	return "$dir/$name";
}

my $empty = compile('empty', write_file("$dir/empty.c", "int main(void)\n{\n\treturn 0;\n}\n"));
my $floor = compile('floor', "$FindBin::Bin/floor.c", @libs);
my $pg    = Cluster->new(port => 1, auth => 'scram', password => 'secret');
my $url   = $pg->tcp_url('bench');
$pg->start;
$pg->create_database('bench');
$pg->query('CREATE TABLE alembic_version (version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY)', 'bench');
write_chain($dir, 5, sub { { up => ["CREATE TABLE t$_[0] (id int)"], down => ["DROP TABLE t$_[0]"] } });
$pg->query("INSERT INTO alembic_version VALUES ('" . chain_id(5) . "')", 'bench');

my %boot   = (env => { DATABASE_URL => $url, MIGRATE_DIRECTORY => "$dir/migrate" });
my @rivals = (
	[ version => sub { measure([ "$own/migrate", '--version' ]) } ],
	[ empty   => sub { measure([$empty]) } ],
	[ boot    => sub { measure([ "$own/migrate", 'entrypoint' ], %boot) } ],
	[ floor   => sub { measure([ $floor, $url ]) } ],
);
in_turn(1, @rivals);
my $found = in_turn(101, @rivals);
my %ms    = map { ($_ => median(figures('wall', $found->{$_})) / 1000) } keys %$found;

heading('the static program');
table([ 'medians', 'ms' ], map { [ $_, sprintf '%.2f', $ms{$_} ] } qw(version empty boot floor));
print "\n";
table(
	verdict('--version / a program that does nothing', $ms{version} / $ms{empty}, 2),
	verdict('a boot with nothing pending / floor', $ms{boot} / $ms{floor}, 1.3));
