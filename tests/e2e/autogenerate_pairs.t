# autogenerate_pairs: the cases of tests/corpus/diff, there and back.
use strict;
use warnings;

use Cluster;
use File::Basename qw(basename dirname);
use Pairs;
use Test::More;

my $pg = Cluster->new;
$pg->start;
for my $case (glob dirname(__FILE__) . '/../corpus/diff/*') {
	local $ENV{PAIRS_GRANTS} = basename($case) =~ m{^acl_} ? 1 : 0;
	SKIP: {
		skip basename($case) . ' is for newer servers', 2 if !fits_server($pg, "$case/old.sql");
		ok(eval { round_trip($pg, "$case/old.sql", "$case/new.sql") }, basename($case)) or diag $@;
		ok(eval { round_trip($pg, "$case/new.sql", "$case/old.sql") }, basename($case) . ', the other way') or diag $@;
	}
}
done_testing;
