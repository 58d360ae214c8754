# projects_models.pl DIRECTORY [PATTERN]: models beside the databases of old projects; see OldDatabase. Each
# directory with an old.sql, an m.py and a probe.sql is one. Tells each that goes wrong; SHOW=1 prints the
# migrations.
use strict;
use warnings;

use Cluster;
use Migrate;
use OldDatabase;

$| = 1;
$ENV{PAIRS_PLAIN} = 1;
my ($root, $pattern) = @ARGV;
my $pg = Cluster->new;
$pg->start;
my %count;
for my $place (sort grep { !defined $pattern || /$pattern/ } glob "$root/*") {
	my ($name) = $place =~ m{([^/]+)\z};
	my $told = follow_models($pg, case_of($place));
	my ($class) = ($told->{why} // 'right') =~ /^(\w+(?: (?:fails|differs))?)/;
	$count{$class}++;
	print "=== $name: $told->{why}\n" if defined $told->{why};
	print join "", "=== $name\n", map { $_ // "" } @$told{qw(log up down)}, "\n" if $ENV{SHOW};
}
printf "%s\n", join ', ', map {"$count{$_} $_"} sort keys %count;
exit((keys %count) > 1 ? 1 : 0);
