# random_old.pl SEED COUNT: databases as random histories left them, and models of them, perhaps changed; see
# OldHistory. Each with rows and without, by us and by Alembic's autogenerate. A failure names its seed:
# `random_old.pl SEED 1` is that one alone, and RANDOM_SHOW=1 prints all of it. Alembic's failures are counted,
# and told with MODELS_THEIRS=1; MODELS_THEIRS=0 leaves Alembic out.
use strict;
use warnings;

use Cluster;
use Models;
use OldDatabase;
use OldHistory;

$| = 1;
$ENV{PAIRS_PLAIN} //= 1;
my ($first, $count) = @ARGV;
my $theirs = $ENV{MODELS_THEIRS} // '';
my $pg     = Cluster->new;
$pg->start;

sub class { return ($_[0] // 'right') =~ /^([a-z][\w ']*)/ ? $1 : 'fails otherwise' }

my (%ours, %theirs, $changed);
for my $seed ($first .. $first + $count - 1) {
	my $case = old_history($seed);
	print join "\n", $case->{full}, $case->{models}, '-- works', $case->{probe}, '-- refuses', @{ $case->{refuses} },
	    '-- wanted', $case->{wanted} // '', '' if $ENV{RANDOM_SHOW};
	$case->{nothing} = !defined $case->{wanted};
	$changed++ if defined $case->{wanted};
	my %both = (rows => { %$case, old => $case->{full} }, empty => { %$case, name => "$case->{name}_empty" });
	for my $which (sort keys %both) {
		next if $which eq 'empty' && $case->{nothing};
		my $told = follow_models($pg, $both{$which});
		$ours{ class($told->{why}) }++;
		print "=== seed $seed, $which: $told->{why}\n" if defined $told->{why};
		print join '', map { $_ // '' } @$told{qw(log up down)} if $ENV{RANDOM_SHOW};
	}
	next if $theirs eq '0';
	my $told = follow_alembic($pg, { %{ $both{rows} }, wanted => $case->{wanted} // '' });
	$theirs{ class($told->{why}) }++;
	print "=== seed $seed: Alembic: $told->{why}\n" if defined $told->{why} && $theirs;
}
my $list = sub { my ($of) = @_; return join ', ', map {"$of->{$_} $_"} sort keys %$of };
printf "%d databases of old histories, %d with changed models, with rows and these also without: %s\n", $count, $changed // 0, $list->(\%ours);
printf "Alembic %s: %s\n", Models::version(), $list->(\%theirs) if %theirs;
exit((keys %ours) == 1 && $ours{right} ? 0 : 1);
