#!/usr/bin/env perl
# scan.t: tests/corpus/scan/*.sql are split as their .split files say, and, but for those whose first
# line begins with "-- differs from psql", as psql splits them.
use strict;
use warnings;

use File::Basename qw(basename dirname);
use Test::More;

use lib 'tests/lib', 'tests/corpus';
use Process;
use Psql;
use Split;

my $split = dirname($ENV{MIGRATE} // 'build/asan/migrate') . '/tests/corpus/split';

sub slurp {
	my ($file) = @_;
	open my $in, '<:raw', $file or return '';
	local $/;
	return scalar <$in>;
}

for my $file (sort glob 'tests/corpus/scan/*.sql') {
	my $name = basename($file, '.sql');
	my $done = Process->run([ $split, $file ]);
	is "$done->{out}$done->{err}", slurp($file =~ s/sql\z/split/r), "$name is split as expected";
	next if $name =~ /^error_/ || slurp($file) =~ /^-- differs from psql/;
	my ($ours) = Split::files($split, $file);
	my @psql   = grep { !Psql::is_empty($_) } Psql::split_file($file);
	my @ours   = @{ $ours->{statements} };
	is scalar @ours, scalar @psql, "$name has as many statements as psql finds";
	for my $i (0 .. $#ours) {
		Psql::same($psql[$i] // [ '', undef ], $ours[$i])
		    or fail("$name line $ours[$i][2]: psql sends $psql[$i][0]");
	}
}
done_testing;
