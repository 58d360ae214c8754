# conversions: what diff says of changes of types beside what the server does, for some types. `make pairs` takes all.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $tests = abs_path(dirname(__FILE__) . '/..');
open my $told, '-|', $^X, "-I$tests/lib", "$tests/corpus/conversions.pl", 'short' or die "conversions: $!";
my $out = join '', <$told>;
close $told;
like($out, qr/^27 types, 702 pairs of 702: 0 wrong, \d+ said too much$/m, 'every pair') or diag join "\n", grep { !/said to / } split /\n/, $out;
done_testing;
