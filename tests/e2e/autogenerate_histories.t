# autogenerate_histories: a few databases of random histories and models of them, perhaps changed; see OldHistory.
# `make projects-models` makes many.
use strict;
use warnings;

use Cluster;
use Models;
use OldDatabase;
use OldHistory;
use Test::More;

my $missing = Models::missing();
plan skip_all => $missing if $missing;
my $pg = Cluster->new;
$pg->start;
for my $seed (5, 50, 62, 75) {
	my $case = old_history($seed);
	my $told = follow_models($pg, { %$case, old => $case->{full}, nothing => !defined $case->{wanted} });
	is($told->{why}, undef, "seed $seed");
}
done_testing;
