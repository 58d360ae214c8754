# models.pl SEED COUNT: random changes of SQLAlchemy models, by us and by Alembic's autogenerate; see
# Models. A failure names its seed: `models.pl SEED 1` is that one alone, and RANDOM_SHOW=1 prints both
# migrations. Alembic's failures are counted, and told with MODELS_THEIRS=1.
use strict;
use warnings;

use Cluster;
use Models;

$| = 1;
$ENV{PAIRS_PLAIN} = 1;
my ($first, $count) = @ARGV;
my $missing = Models::missing();
die "$missing\n" if $missing;
my $pg = Cluster->new;
$pg->start;
my ($ours, $theirs, %why) = (0, 0);
for my $seed ($first .. $first + $count - 1) {
	my $told = Models::change($pg, 'random_models', { SEED => $seed });
	die "seed $seed: $told->{unloaded}" if $told->{unloaded};
	$ours++ if !defined $told->{ours};
	$theirs++ if !defined $told->{theirs};
	print "=== seed $seed: $told->{ours}\n" if defined $told->{ours};
	print "=== seed $seed: Alembic: $told->{theirs}\n" if defined $told->{theirs} && $ENV{MODELS_THEIRS};
}
printf "%d changes of models: %d by us as create_all makes them, %d by Alembic %s\n", $count, $ours, $theirs,
    Models::version();
exit($ours == $count ? 0 : 1);
