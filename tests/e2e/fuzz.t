# fuzz: the targets of tests/fuzz for half a minute each, from their corpus; `make fuzz` runs them longer.
use strict;
use warnings;

use File::Basename;
use File::Spec;
use Migrate;
use Process;
use Test::More;

my $tests    = dirname(dirname(File::Spec->rel2abs(__FILE__)));
my $programs = File::Spec->rel2abs(dirname($ENV{MIGRATE_PLAIN})) . '/fuzz/tests/fuzz';
my $seconds  = $ENV{FUZZ_SECONDS} // 30;

plan skip_all => 'no build/fuzz: it needs clang and libclang-rt-dev' if !-x "$programs/scan";

# What they find stays out of the tree.
my $build = tempdir();
mkdir "$build/tests";
symlink $programs, "$build/tests/fuzz" or die "$build: $!";
my %fuzzer = map {
	my $target = basename($_, '.c');
	($target => Process->start([ "$tests/fuzz/run", $build, $target, $seconds ], timeout => 120 + 4 * $seconds))
} glob "$tests/fuzz/*.c";
for my $target (sort keys %fuzzer) {
	my $done = $fuzzer{$target}->finish;
	my ($runs) = $done->{err} =~ /^Done (\d+) runs in/m;
	is($done->{status}, 0, "$target: nothing found") or diag substr $done->{err}, -4000;
	cmp_ok($runs // 0, '>', 100, 'in ' . ($runs // 'no') . ' runs');
	diag(join "\n", glob "$build/$target-*") if $done->{status};
}

done_testing;
