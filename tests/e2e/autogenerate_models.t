# autogenerate_models: random changes of SQLAlchemy models become what create_all makes of them, and go
# back. `make models` makes many.
use strict;
use warnings;

use Cluster;
use Models;
use Test::More;

my $missing = Models::missing();
plan skip_all => $missing if $missing;
my $pg = Cluster->new;
$pg->start;
for my $seed (3, 5, 23, 33) {
	my $told = Models::change($pg, 'random_models', { SEED => $seed });
	is($told->{unloaded} // $told->{ours}, undef, "seed $seed");
}
done_testing;
