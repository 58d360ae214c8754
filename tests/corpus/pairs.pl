# pairs.pl DIRECTORY [PATTERN]: public schema changes, there and back; see Pairs. Each directory below
# DIRECTORY with an old.sql and a new.sql is one. Tells each failure with its reason; PAIRS_PART=1/4 takes
# every fourth pair.
use strict;
use warnings;

use Cluster;
use File::Basename qw(dirname);
use File::Find;
use Pairs;

$| = 1;
$ENV{PAIRS_PLAIN} = 1;
my ($root, $pattern) = @ARGV;
my ($part, $parts) = split m{/}, $ENV{PAIRS_PART} // '1/1';
my $pg = Cluster->new(options => { max_locks_per_transaction => 256 });
$pg->start;
my @pairs;
find({ no_chdir => 1, wanted => sub { push @pairs, dirname($_) if m{/new\.sql\z} } }, $root);
@pairs = sort grep { !defined $pattern || /$pattern/ } @pairs;
@pairs = @pairs[ grep { $_ % $parts == $part - 1 } 0 .. $#pairs ];

my %count;
for my $pair (@pairs) {
	my $ok  = eval { round_trip($pg, "$pair/old.sql", "$pair/new.sql") };
	my $why = $@;
	my ($class) = $ok ? 'equal' : $why =~ /^(does not load|is for newer servers|(?:up|down) (?:fails|differs)|is not empty|diff)/;
	$count{ $class // 'other' }++;
	print "=== $pair: $why\n" if !$ok && $why !~ /^is for newer/;
}
printf "%d pairs: %s\n", scalar @pairs, join ', ', map {"$count{$_} $_"} sort keys %count;
delete @count{ 'equal', 'does not load', 'is for newer servers' };
exit(%count ? 1 : 0);
