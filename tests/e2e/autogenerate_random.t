# autogenerate_random: a few random schemas of each generator become others and come back. `make pairs` makes many.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $tests = abs_path(dirname(__FILE__) . '/..');
$ENV{PAIRS_PLAIN} = 0;
for my $which (qw(random random_families random_keys random_objects random_positions)) {
	open my $told, '-|', $^X, "-I$tests/lib", "$tests/corpus/$which.pl", 24, 8 or die "$which: $!";
	my $out = join '', <$told>;
	close $told;
	like($out, qr/^8 random pairs: 8 equal$/m, $which) or diag $out;
}
done_testing;
